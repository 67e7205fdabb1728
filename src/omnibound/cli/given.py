"""Commands whose options come from a table: what is given becomes members of a body of the API."""

from collections.abc import Callable, Mapping, Sequence
from inspect import Parameter, Signature
from typing import Annotated, Any, Final, NamedTuple, get_args, get_origin, get_type_hints

import typer
from msgspec import Meta, Struct, structs

from omnibound.cli.client import DEFAULT_URL, Key, Url

Reads = Callable[[Any], dict[str, Any]]
"""What was given -> members of the body."""

_OURS: Final = (("api_key", Key, Parameter.empty), ("url", Url, DEFAULT_URL))


class Option(NamedTuple):
    """How members are given: the option's name and type, what it says, and what it makes of the body."""

    name: str
    type_: Any
    help: str
    read: Reads


def under(member: str, read: Callable[[Any], Any] = lambda given: given) -> Reads:
    """Of an option that makes one member."""
    return lambda given: {member: read(given)}


def options_of(struct: type[Struct], otherwise: Mapping[str, Option | None]) -> list[Option]:
    """One for each member of a body, in their order. `otherwise`: by member; None: it has none of its own."""
    hints = get_type_hints(struct, include_extras=True)
    found = [
        otherwise[field.name] if field.name in otherwise else _plain(field.name, hints[field.name])
        for field in structs.fields(struct)
    ]
    return [option for option in found if option is not None]


def _plain(member: str, hint: Any) -> Option:
    type_, metas = (get_args(hint)[0], get_args(hint)[1:]) if get_origin(hint) is Annotated else (hint, ())
    words = next((meta.description for meta in metas if isinstance(meta, Meta) and meta.description), "")
    return Option(member, type_, words, under(member))


def command(
    run: Callable[..., None], arguments: Mapping[str, Any], options: Sequence[Option] = ()
) -> Callable[..., None]:
    """A command that runs `run(url, api_key, body, **arguments)`. The types of `arguments` are those of typer."""

    def called(**given: Any) -> None:
        url, key = given.pop("url"), given.pop("api_key")
        named = {name: given.pop(name) for name in arguments}
        run(url, key, _body(options, given), **named)

    parameters = [_parameter(name, type_, Parameter.empty) for name, type_ in arguments.items()]
    parameters += [_parameter(*ours) for ours in _OURS]
    for option in options:
        annotation = Annotated[option.type_ | None, typer.Option(_dashed(option), help=option.help)]
        parameters.append(_parameter(option.name, annotation, None))
    called.__signature__ = Signature(parameters)  # pyright: ignore[reportFunctionMemberAccess] - what typer reads
    called.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return called


def _body(options: Sequence[Option], given: Mapping[str, Any]) -> dict[str, Any]:
    """The members of what was given; more than one option may have a part of one."""
    body: dict[str, Any] = {}
    for option in options:
        value = given.get(option.name)
        if value is None or value == []:
            continue
        for name, member in option.read(value).items():
            earlier = body.get(name)
            body[name] = {**earlier, **member} if isinstance(earlier, dict) and isinstance(member, dict) else member
    return body


def _parameter(name: str, annotation: Any, default: Any) -> Parameter:
    return Parameter(name, Parameter.KEYWORD_ONLY, default=default, annotation=annotation)


def _dashed(option: Option) -> str:
    """As it is given; a word of Python's has an underscore behind it."""
    name = option.name.rstrip("_").replace("_", "-")
    return f"--{name}/--no-{name}" if option.type_ is bool else f"--{name}"
