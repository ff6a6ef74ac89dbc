"""The options, in the sections of the help page, and the command that takes them."""

from collections.abc import Callable
from typing import Any, TypeAlias, TypeVar

import click

from al_codemod.cli.help import INTRODUCTION, ManualCommand, SectionOption
from al_codemod.cli.terminal import wants_color

FORMATS = ("full", "concise", "json", "sarif", "github", "gitlab", "junit")
SHELLS = ("bash", "zsh", "fish")

_MODE, _SELECTION, _OUTPUT = "What to do", "What to look at, and for", "Output"
_SAFETY, _SETTINGS, _HELP = "Safety and speed", "Settings", "Help"


Function = TypeVar("Function", bound=Callable[..., Any])
Decorator: TypeAlias = Callable[[Function], Function]


def _option(section: str, *names: str, **keywords: Any) -> Decorator[Any]:
    return click.option(*names, cls=SectionOption, section=section, **keywords)


def _flag(section: str, *names: str, help: str, default: bool | None = False) -> Decorator[Any]:  # noqa: A002
    return _option(section, *names, is_flag=True, default=default, help=help)


def _answer(function: Any) -> Any:
    """A callback of an option that prints something and ends the command."""

    def callback(context: click.Context, _: click.Parameter, value: Any) -> None:
        if value and not context.resilient_parsing:
            context.color = wants_color("auto")
            click.echo(function(value), nl=False)
            context.exit()

    return callback


def _version(_: bool) -> str:
    from al_codemod.cli.versions import version_text

    return version_text()


def _list_rules(_: bool) -> str:
    from al_codemod.report.rules import rule_list

    return rule_list()


def _explain(code: str) -> str:
    from al_codemod.report.rules import UnknownRuleError, explain

    try:
        return explain(code)
    except UnknownRuleError as error:
        raise click.UsageError(str(error)) from None


def _completion(shell: str) -> str:
    from click.shell_completion import get_completion_class

    kind = get_completion_class(shell)
    assert kind is not None
    return kind(main, {}, "al-codemod", "_AL_CODEMOD_COMPLETE").source() + "\n"


def _complete_codes(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[str]:
    from al_codemod.report.rules import all_rules

    return [rule.code for rule in all_rules() if rule.code.startswith(incomplete.upper())]


def _checked(_context: click.Context, parameter: click.Parameter, value: str | None) -> str | None:
    """A callback of the options that are versions."""
    if value is None:
        return None
    from al_codemod.settings import VERSIONS

    try:
        return VERSIONS[str(parameter.name)](value)
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


@click.command(
    cls=ManualCommand,
    help=INTRODUCTION,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
)
@click.argument("paths", nargs=-1, metavar="PATHS...", type=click.Path(allow_dash=True))
@_flag(_MODE, "--check", help="Write nothing; exit with 1 when there is something to do.")
@_flag(_MODE, "--diff", help="Write nothing; print a diff that `git apply` takes.")
@_flag(_MODE, "--interactive", "-i", help="Show each change, what belongs to it and why, and ask.")
@_flag(_MODE, "--annotate", default=None, help="Put a TODO comment where work is left to do by hand, once.")
@_flag(_MODE, "--add-ignore", help="Migrate nothing; put an ignore comment where something is to do.")
@_option(_MODE, "--files-from", metavar="FILE", help="Take more paths from FILE, or `-`: one a line, or NUL-separated.")
@_option(_MODE, "--stdin-filename", metavar="PATH", help="What to call the source that `-` reads.")
@_option(
    _SELECTION,
    "--select",
    metavar="CODES",
    multiple=True,
    shell_complete=_complete_codes,
    help="Only these codes, or beginnings of codes, separated by commas.",
)
@_option(
    _SELECTION,
    "--ignore",
    metavar="CODES",
    multiple=True,
    shell_complete=_complete_codes,
    help="Not these. What belongs to an edit that is left out is left out too, and reported.",
)
@_flag(_SELECTION, "--safe-only", default=None, help="Leave out the edits that a person should review.")
@_option(
    _SELECTION, "--include", metavar="PATTERN", multiple=True, help="Look for these files in place of the defaults."
)
@_option(_SELECTION, "--exclude", metavar="PATTERN", multiple=True, help="Leave these out, on top of the settings.")
@_flag(_SELECTION, "--force-exclude", default=None, help="Leave out what is excluded even when it is named.")
@_option(
    _SELECTION,
    "--target",
    metavar="VERSION",
    callback=_checked,
    help="The oldest Icechunk to support: 1 (for 1.1), 2, or a version such as 2.1 (default 2).",
)
@_option(
    _SELECTION,
    "--target-zarr",
    metavar="VERSION",
    callback=_checked,
    help="The oldest zarr to support: 3.0 or newer (default 3.1).",
)
@_option(
    _OUTPUT,
    "--output-format",
    type=click.Choice(FORMATS),
    default="full",
    show_default=True,
    help="The form of the report.",
)
@_option(_OUTPUT, "--output-file", "-o", metavar="FILE", help="Where the report goes, in place of standard output.")
@_option(_OUTPUT, "--report", metavar="FILE", help="Also write the whole migration as one HTML page.")
@_flag(_OUTPUT, "--statistics", help="Count the findings by code.")
@_option(
    _OUTPUT,
    "--color",
    type=click.Choice(["auto", "always", "never"]),
    default="auto",
    show_default=True,
    help="Whether to use colours; auto: on terminals.",
)
@_flag(_OUTPUT, "--quiet", "-q", help="Print errors only, and the diff or data that was asked for.")
@_flag(_OUTPUT, "--verbose", "-v", help="Also list the safe edits and what was suppressed.")
@_flag(_SAFETY, "--allow-dirty", help="Write even to files with changes that git does not have yet.")
@_option(
    _SAFETY,
    "--jobs",
    "-j",
    metavar="N",
    type=click.IntRange(min=1),
    help="The most processes (default: one a processor).",
)
@_option(_SETTINGS, "--config", metavar="FILE", type=click.Path(), help="Read the settings from this TOML file.")
@_flag(_SETTINGS, "--isolated", help="Read no settings from any file.")
@_flag(_SETTINGS, "--show-settings", help="Print the settings that count for the paths, and stop.")
@_option(
    _HELP,
    "--list-rules",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_answer(_list_rules),
    help="List all rules.",
)
@_option(
    _HELP,
    "--explain",
    metavar="CODE",
    is_eager=True,
    expose_value=False,
    callback=_answer(_explain),
    shell_complete=_complete_codes,
    help="Explain a rule, with an example.",
)
@_option(
    _HELP,
    "--completion",
    type=click.Choice(SHELLS),
    is_eager=True,
    expose_value=False,
    callback=_answer(_completion),
    help="Print a completion script, to be put into the shell's startup file.",
)
@_option(
    _HELP,
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_answer(_version),
    help="Print versions.",
)
@click.pass_context
def main(context: click.Context, /, color: str, show_settings: bool, **options: Any) -> None:
    """Run the command; its help is in `help.py`."""
    from al_codemod.cli.execute import execute, show
    from al_codemod.cli.request import Request
    from al_codemod.cli.terminal import never_fail_to_print

    never_fail_to_print()
    context.color = wants_color(color)
    names = (
        "annotate",
        "safe_only",
        "force_exclude",
        "target",
        "target_zarr",
        "select",
        "ignore",
        "include",
        "exclude",
    )
    overrides = {name: options.pop(name) for name in names}
    request = Request(overrides=overrides, **options)
    if show_settings:
        click.echo(show(request), nl=False)
    else:
        request.check_usage()
        context.exit(execute(request))
