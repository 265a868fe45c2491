"""LaTeX commands and the characters they stand for, by the part they play in a formula."""

from __future__ import annotations

from typing import Literal

_GREEK = (
    "alpha α beta β gamma γ delta δ epsilon ε varepsilon ε zeta ζ eta η theta θ vartheta θ iota ι kappa κ lambda λ mu μ"
    " nu ν xi ξ pi π rho ρ sigma σ varsigma ς tau τ upsilon υ phi φ varphi φ chi χ psi ψ omega ω"
    " Gamma Γ Delta Δ Theta Θ Lambda Λ Xi Ξ Pi Π Sigma Σ Upsilon Υ Phi Φ Psi Ψ Omega Ω"
)
_LETTERS = "partial ∂ nabla ∇ infty ∞ ell ℓ top ⊤ prime ′ emptyset ∅ forall ∀ exists ∃ hbar ħ"
_MARKS = "ldots … dots … cdots … vdots ⋮ colon : degree ° dagger †"
_OPERATORS = (
    "cdot · times × div ÷ odot ⊙ otimes ⊗ oplus ⊕ circ ∘ ast * star ⋆ pm ± mp ∓ setminus \\ cup ∪ cap ∩ wedge ∧ vee ∨"
    " le ≤ leq ≤ ge ≥ geq ≥ ne ≠ neq ≠ approx ≈ simeq ≃ sim ~ equiv ≡ propto ∝ ll ≪ gg ≫ mid | in ∈ notin ∉ ni ∋"
    " subset ⊂ subseteq ⊆ to → rightarrow → leftarrow ← leftrightarrow ↔ mapsto ↦ Rightarrow ⇒ Leftarrow ⇐"
    " Leftrightarrow ⇔ iff ⇔ implies ⇒ gets ← coloneqq :="
)
_OPENING = "lfloor ⌊ lceil ⌈ langle ⟨ lVert ‖ lvert | lbrace { lbrack ["
_CLOSING = "rfloor ⌋ rceil ⌉ rangle ⟩ rVert ‖ rvert | rbrace } rbrack ]"
_FUNCTIONS = (
    "tanh sinh cosh sin cos tan arctan arcsin arccos exp log ln lg max min argmax argmin arg sup inf lim det dim ker"
    " Pr gcd deg softmax"
)


def pairs(words: str) -> dict[str, str]:
    """`key value key value …` as a mapping."""
    names = words.split()
    return dict(zip(names[::2], names[1::2], strict=True))


GREEK = pairs(_GREEK)
"""Name → Greek letter."""

LETTERS = GREEK | pairs(_LETTERS)
"""Command → letter."""

MARKS = pairs(_MARKS) | {"|": "‖", "#": "#", "_": "_", "$": "$", "&": "&"}
"""Command → a character that stands as it is."""

OPERATORS = pairs(_OPERATORS)
"""Command → an operator or relation, with space around it."""

OPENING = pairs(_OPENING) | {"{": "{"}
CLOSING = pairs(_CLOSING) | {"}": "}", "%": "%"}
"""Command → a bracket, or what else ends an operand."""

LARGE = {"sum": "Σ", "prod": "Π", "int": "∫"}
"""Command → a large operator; Greek capitals, since every console has them."""

FUNCTIONS = frozenset(_FUNCTIONS.split())
"""Commands that are written upright under their own name."""

SPACES = {"quad": "  ", "qquad": "    ", ",": " ", ";": " ", ":": " ", " ": " ", "!": ""}
"""Command → the space it makes."""

ACCENTS = {"hat": "\u0302", "bar": "\u0304", "tilde": "\u0303", "dot": "\u0307", "overline": "\u0304"}
"""Command → the combining mark on its letter."""

ARROWS = {"overrightarrow": "→", "overleftarrow": "←", "vec": "→"}
"""Command → the arrow after its letter: a combining arrow is unreadable on most terminals."""

UPRIGHT = frozenset({"mathrm", "mathbf", "mathit", "mathsf", "boldsymbol", "bm", "operatorname"})
"""Commands that only change how their argument looks."""

TEXTS = frozenset({"text", "textbf", "textit", "mbox"})
"""Commands whose argument is prose, not maths."""

SIZES: dict[str, Literal["open", "close"] | None] = {
    **dict.fromkeys(("left", "bigl", "Bigl"), "open"),
    **dict.fromkeys(("right", "bigr", "Bigr"), "close"),
    **dict.fromkeys(("big", "Big", "middle")),
}
"""Commands that only size the bracket after them, and the side that it is on."""

ALPHABETS = frozenset({"mathbb", "mathcal"})
"""Commands that take a letter of another alphabet."""

OTHER_ALPHABETS = {
    **{("mathbb", plain): double for plain, double in zip("CNPQRZ", "ℂℕℙℚℝℤ", strict=True)},
    **{("mathcal", plain): script for plain, script in zip("BEFHILMR", "ℬℰℱℋℐℒℳℛ", strict=True)},
}
"""Those that every font has; the others (𝒩, 𝔼) are shown as the plain letter."""

SUPERSCRIPTS = dict(
    zip(
        "0123456789+−=()abcdefghijklmnoprstuvwxyzABDEGHIJKLMNOPRTUVWβγδεθφχ⊤-′",
        "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻᴬᴮᴰᴱᴳᴴᴵᴶᴷᴸᴹᴺᴼᴾᴿᵀᵁⱽᵂᵝᵞᵟᵋᶿᵠᵡᵀ⁻′",
        strict=True,
    )
)
"""Character → itself raised, where Unicode has it."""

SUBSCRIPTS = dict(
    zip(
        "0123456789+−=()aehijklmnoprstuvxβγρφχ-",
        "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓᵦᵧᵨᵩᵪ₋",
        strict=True,
    )
)
"""Character → itself lowered, where Unicode has it."""
