"""CSV as people make it: rosters and decisions."""

from __future__ import annotations

from pathlib import Path

import pytest

from quizdl.batch.overrides import begin_overrides, forget_overrides, read_overrides
from quizdl.batch.roster import read_roster
from quizdl.batch.tables import read_table
from quizdl.errors import InputError


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932", "utf-16"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_rosters_of_all_kinds_are_read(tmp_path: Path, encoding: str, separator: str) -> None:
    """Japanese headings, and whatever the spreadsheet chose."""
    text = (
        separator.join(["学籍番号", "氏名", "メールアドレス"]) + "\r\n" + separator.join(["s1", "山田 太郎", "ty@x.jp"])
    )
    (tmp_path / "r.csv").write_bytes(text.encode(encoding))
    (one,) = read_roster(tmp_path / "r.csv").enrolled.values()
    assert (one.learner, one.name, one.email) == ("s1", "山田 太郎", "ty@x.jp")


@pytest.mark.parametrize(
    "handed_in", ["s1", "S1", "ann lee", "Ann_Lee", "leeann", "ann.lee", "ann.lee@x.org", "Lee, Ann", "Ａｎｎ Lee"]
)
def test_a_learner_is_found_by_every_name(tmp_path: Path, handed_in: str) -> None:
    """Id, name either way round, login, address: with any spacing, case and width."""
    (tmp_path / "r.csv").write_text(
        "Student ID,First name,Last name,Email\ns1,Ann,Lee,ann.lee@x.org\n", encoding="utf-8"
    )
    assert read_roster(tmp_path / "r.csv").same(handed_in) == "s1"


def test_a_name_that_two_go_by_finds_neither(tmp_path: Path) -> None:
    """But their accounts do."""
    (tmp_path / "r.csv").write_text("SIS User ID,Student,ID\ns1,Ann Lee,7\ns2,Ann Lee,8\n", encoding="utf-8")
    roster = read_roster(tmp_path / "r.csv")
    assert roster.same("Ann Lee") == "Ann Lee"
    assert roster.same("Ann Lee", "8") == "s2"


def test_without_headings_the_first_column_is_the_id(tmp_path: Path) -> None:
    """The second is the name."""
    (tmp_path / "r.csv").write_text("s1,Ann\ns2,Bob\n", encoding="utf-8")
    assert [one.name for one in read_roster(tmp_path / "r.csv").enrolled.values()] == ["Ann", "Bob"]


@pytest.mark.parametrize("text", ["", "learner\n", "s1\ns1\n"])
def test_a_roster_that_says_nothing_is_bad_input(tmp_path: Path, text: str) -> None:
    """Nobody in it, or somebody twice."""
    (tmp_path / "r.csv").write_text(text, encoding="utf-8")
    with pytest.raises(InputError):
        read_roster(tmp_path / "r.csv")


def test_the_last_decision_counts(tmp_path: Path) -> None:
    """Scores from 0 to 1, or in per cent."""
    begin_overrides(tmp_path)
    with (tmp_path / "overrides.csv").open("a", encoding="utf-8") as file:
        file.write("ann,gru-step,0.5,late,me,today\nann,gru-step,80%,seen,me,now\n'=x,gru-step,１,,,\n")
    found = read_overrides(tmp_path)
    assert found["ann", "gru-step"].score == 0.8
    assert found["ann", "gru-step"].told == "seen · me · now"
    assert found["=x", "gru-step"].score == 1


@pytest.mark.parametrize("row", ["ann,gru-step,1.5,x,y,z", "ann,gru-step,nan,x,y,z", "ann,gru-step,,x,y,z", "ann"])
def test_a_decision_that_cannot_be_read_is_bad_input_with_its_line(tmp_path: Path, row: str) -> None:
    """It is never passed over in silence."""
    (tmp_path / "overrides.csv").write_text(f"learner,question,score,reason,who,when\n\n{row}\n", encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_overrides(tmp_path)
    assert caught.value.where is not None
    assert caught.value.where.endswith(":3")


def test_decisions_on_a_learner_are_forgotten(tmp_path: Path) -> None:
    """And nobody else's."""
    (tmp_path / "overrides.csv").write_text(
        "learner,question,score\nann,gru-step,1\nbob,gru-step,0\n", encoding="utf-8"
    )
    assert forget_overrides(tmp_path, "ann") == 1
    assert list(read_overrides(tmp_path)) == [("bob", "gru-step")]
    assert len(read_table(tmp_path / "overrides.csv")) == 2


@pytest.mark.parametrize(
    ("headings", "learner", "account"),
    [
        ("ID,Name", "7", ""),
        ("Student,ID,SIS Login ID,Section", "ann", "7"),
        ("Student,ID,Section", "7", "7"),
        ("Canvas ID,Login", "ann", "7"),
        ("ID,ID number", "s1", ""),
    ],
)
def test_an_id_is_an_account_of_canvas_only_in_a_table_of_canvas(
    tmp_path: Path, headings: str, learner: str, account: str
) -> None:
    """Canvas takes the column `ID` for its own numbers: a course's own there would grade somebody else."""
    cells = {"ID": "7", "Canvas ID": "7", "SIS Login ID": "ann", "Login": "ann", "ID number": "s1"}
    row = ",".join(cells.get(heading, "Ann") for heading in headings.split(","))
    (tmp_path / "r.csv").write_text(f"{headings}\n{row}\n", encoding="utf-8")
    (one,) = read_roster(tmp_path / "r.csv").enrolled.values()
    assert (one.learner, one.account) == (learner, account)
