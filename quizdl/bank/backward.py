"""What must hold of `gradient_of`: the forward is in the template, and everything it needs is drawn."""

from __future__ import annotations

from quizdl.bank.faults import Faults
from quizdl.bank.nodes import Node, at
from quizdl.model import Code, GradientOf
from quizdl.text import Text


def check_gradient_of(question: Code, node: Node, faults: Faults) -> None:
    """Report the rules that a question's `gradient_of` breaks, if it has one."""
    gradient = question.gradient_of
    if gradient is None:
        return
    if not gradient.wrt or len(set(gradient.wrt)) < len(gradient.wrt):
        faults.add(
            at(node, "gradient_of", "wrt"),
            Text("wrt は空でも重複でもいけません。", "wrt names at least one argument, and none twice."),
            _EXAMPLE,
        )
    if gradient.forward is not None:
        _check_forward(question, gradient, gradient.forward, node, faults)
    elif gradient.upstream:
        faults.add(
            at(node, "gradient_of", "upstream"),
            Text("upstream は forward と一緒に書きます。", "upstream belongs to a forward."),
            _EXAMPLE,
        )


def _check_forward(question: Code, gradient: GradientOf, forward: str, node: Node, faults: Faults) -> None:
    parameters = parameters_of(question.template, forward)
    if parameters is None or forward == question.function:
        faults.add(
            at(node, "gradient_of", "forward"),
            Text(
                f"template が関数 {forward} を、{question.function} とは別に定義していません。",
                f"The template defines no function {forward} beside {question.function}.",
            ),
            Text(
                "学習者が書く順伝播の関数を template に置いてください。",
                "Put the forward that the learner writes into the template.",
            ),
        )
        return
    for field, names, known in (
        ("forward", parameters, set(question.inputs)),
        ("wrt", gradient.wrt, set(parameters) & set(question.inputs)),
        ("upstream", gradient.upstream, set(question.inputs)),
    ):
        missing = ", ".join(name for name in names if name not in known)
        if missing:
            faults.add(
                at(node, "gradient_of", field),
                Text(f"次の引数は使えません: {missing}", f"These arguments cannot be used: {missing}."),
                Text(
                    "forward の引数はすべて inputs に、wrt は forward の引数にあるものだけを書きます。",
                    "Draw every argument of the forward in inputs; wrt names arguments of the forward.",
                ),
            )


def parameters_of(template: str, function: str) -> tuple[str, ...] | None:
    """The arguments of a function that the template defines at its top; None where it defines none of that name."""
    import ast  # 5 ms, wanted only by the few questions that have a forward

    try:
        body = ast.parse(template.replace("____", "None")).body
    except SyntaxError:
        return None
    for statement in body:
        if isinstance(statement, ast.FunctionDef) and statement.name == function:
            return tuple(argument.arg for argument in (*statement.args.posonlyargs, *statement.args.args))
    return None


_EXAMPLE = Text(
    "例: gradient_of: {wrt: [x, W], forward: affine, upstream: [dy]}",
    "For example gradient_of: {wrt: [x, W], forward: affine, upstream: [dy]}.",
)
