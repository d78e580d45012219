"""The pages keep what they promise: links lead somewhere, named files exist, diagrams are current, names are complete."""

import re
import subprocess
from pathlib import Path

import pytest

from config import lifecycles

pytestmark = pytest.mark.unit

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "deploy").rglob("*.md")])
RECORDS = sorted((ROOT / "docs/adr").glob("[0-9]*.md"))

# The names fixed for good (docs/operations.md), whether or not something reads them yet.
FIXED = {
    "ACCORD_ENV",
    "ACCORD_HOST",
    "ACCORD_PORT",
    "ACCORD_DATA",
    "ACCORD_BASE_URL",
    "ACCORD_ALLOWED_HOSTS",
    "ACCORD_TRUSTED_PROXIES",
    "ACCORD_ANON_RATE",
    "ACCORD_SEAL_KEY",
    "SECRET_KEY",
    "JWT_SECRET_KEY",
    "JWT_ALGORITHM",
    "ACCESS_TOKEN_EXPIRE_MINUTES",
    "ACCORD_MASTER_KEY",
    "DATABASE_URL",
    "DATABASE_REPLICA_URL",
    "DATABASE_ECHO",
    "DATABASE_POOL_MAX",
    "REDIS_URL",
    "BROKER_URL",
    "CHANNEL_URL",
    "CACHE_URL",
    "S3_BUCKET_NAME",
    "S3_REGION",
    "S3_ENDPOINT_URL",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "OPENAI_API_KEY",
    "OPENAI_BASE_URL",
    "ANTHROPIC_API_KEY",
    "ANTHROPIC_BASE_URL",
    "LLM_API_KEY",
    "LLM_MODEL",
    "LLM_TIMEOUT_MS",
    "SMTP_HOST",
    "SMTP_PORT",
    "SMTP_USER",
    "SMTP_PASSWORD",
    "TSA_URL",
    "ESIGN_PROVIDER_URL",
    "ESIGN_API_KEY",
    "CLAMD_SOCKET",
    "PDF_ENGINE",
    "CORS_ALLOW_ORIGINS",
    "CORS_ALLOW_METHODS",
    "CORS_ALLOW_HEADERS",
    "SENTRY_DSN",
    "OTEL_EXPORTER_OTLP_ENDPOINT",
}
ALIASES = {"S3_BUCKET", "S3_ACCESS_KEY", "S3_SECRET_KEY"}
# Set by our own processes for each other, or by the system; nobody is meant to.
INTERNAL = {"ACCORD_PROCESS", "DJANGO_SETTINGS_MODULE", "CELERY_BROKER_URL", "LD_LIBRARY_PATH"}
READS = re.compile(
    r"""(?:env\.(?:text|number|flag|items)\(\s*|_kept\(\s*|environ(?:\.get\(\s*|\[)|getenv\(\s*|_VARIABLE\ =\ )["']([A-Z][A-Z0-9_]+)["']""",
    re.VERBOSE,
)
HEADINGS = ("## Context", "## Decision", "## Rejected", "## Consequences", "## Where")


def committed() -> list[Path]:
    """Every file of the repository, without those that others made."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    if listed.returncode == 0:
        return [ROOT / name.decode() for name in listed.stdout.split(b"\0") if name]
    skipped = {".venv", ".git", "node_modules", "static-collected"}
    return [path for path in ROOT.rglob("*") if path.is_file() and not skipped & set(path.relative_to(ROOT).parts)]


def product_code() -> list[Path]:
    return [
        path
        for path in committed()
        if path.suffix == ".py"
        and path.exists()
        and not {"tests", "testing", "bench"} & set(path.relative_to(ROOT).parts)
    ]


def test_diagrams_are_those_of_the_tables() -> None:
    page = lifecycles.PAGE.read_text(encoding="utf-8")
    assert lifecycles.with_diagrams(page) == page, "run python -m config.lifecycles --write"


def test_diagrams_draw_every_arrow_of_a_dispute() -> None:
    from disputes.transitions import MOVES

    drawn = lifecycles.diagrams().split("### Dispute")[1].split("```")[1]
    for move in MOVES:
        for source in move.sources:
            assert re.search(rf"{source.value} --> {move.target.value}: .*\b{move.action}\b", drawn), move


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_to_files_and_headings_that_exist(page: Path) -> None:
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, anchor = target.partition("#")
        file = (page.parent / name) if name else page
        assert file.exists(), f"{page.name} links to {target}"
        if anchor:
            headings = re.findall(r"^#+ (.+)$", file.read_text(encoding="utf-8"), re.MULTILINE)
            slugs = {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
            assert anchor in slugs, f"{page.name} links to {target}"


def test_decisions_are_numbered_without_gaps_and_the_index_names_each() -> None:
    assert [record.name[:4] for record in RECORDS] == [f"{number:04d}" for number in range(1, len(RECORDS) + 1)]
    assert len(RECORDS) >= 10
    index = (ROOT / "docs/adr/README.md").read_text(encoding="utf-8")
    assert all(f"({record.name})" in index for record in RECORDS)


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.stem)
def test_decision_has_its_sections_one_invariant_and_files_that_exist(record: Path) -> None:
    text = record.read_text(encoding="utf-8")
    assert tuple(re.findall(r"^## .+$", text, re.MULTILINE)) == HEADINGS
    assert text.count("**Invariant:") == 1
    assert text.split("## Rejected")[1].split("## ")[0].count("\n* ") >= 3
    named = re.findall(r"`((?:[\w-]+/)+[\w.-]+\.\w+)`", text.split("## Where")[1])
    assert any("/tests/" in name for name in named), "which test guards it?"
    assert [name for name in named if not (ROOT / name).exists()] == []


def test_the_environment_file_lists_exactly_what_is_read_and_what_is_fixed() -> None:
    text = (ROOT / ".env.example").read_text(encoding="utf-8")
    listed = re.findall(r"^([A-Z][A-Z0-9_]+)=", text, re.MULTILINE)
    assert len(listed) == len(set(listed))
    read = {name for path in product_code() for name in READS.findall(path.read_text(encoding="utf-8"))}
    assert {"DATABASE_URL", "SECRET_KEY", "ACCORD_ADMIN_PASSWORD", "PROMETHEUS_MULTIPROC_DIR"} <= read
    assert set(listed) == (read | FIXED) - ALIASES - INTERNAL
    assert all(alias in text for alias in ALIASES)
    assert "NAME_FILE" in text


def test_every_listed_name_may_also_be_given_as_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from config.settings import env

    (tmp_path / "value").write_text("from a file\n", encoding="utf-8")
    monkeypatch.delenv("SMTP_PASSWORD", raising=False)
    monkeypatch.setenv("SMTP_PASSWORD_FILE", str(tmp_path / "value"))
    assert env.text("SMTP_PASSWORD") == "from a file"


def test_no_file_names_a_package_index_or_a_folder_of_one_machine() -> None:
    """The lock installs from whatever index a machine uses; a path of one machine means nothing on another."""
    hosts = [
        "pypi." + "org",
        "pythonhosted." + "org",
        "npmjs." + "org",
        "npmjs." + "com",
        "ghcr." + "io",
        "docker." + "io",
    ]
    folders = ["/" + "work/", "/" + "root/", "/tmp/" + "accord/", "/" + "home/"]
    pattern = re.compile("|".join(re.escape(word) for word in [*hosts, *folders]))
    found = []
    for path in committed():
        if (
            path.suffix in {".png", ".pdf", ".ttf", ".otf", ".woff2", ".mo"}
            or "vendor" in path.parts
            or not path.is_file()
        ):
            continue
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
            if pattern.search(line):
                found.append(f"{path.relative_to(ROOT)}:{number}: {line.strip()[:100]}")
    assert found == []


def test_screenshots_are_small() -> None:
    for picture in (ROOT / "docs/screenshots").iterdir():
        assert picture.stat().st_size < 200_000, picture.name
