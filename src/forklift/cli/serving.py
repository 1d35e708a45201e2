"""Where the model goes: deploy, mcp, export."""

import os
from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.text import Text

from forklift.cli.options import HostOption, LiftArgument, PortOption
from forklift.cli.terminal import Bars, out, printable, say
from forklift.config import DeployConfig, ExportConfig, parse
from forklift.workspace import Lift, open_lift


def deploy(
    lift_directory: LiftArgument,
    to: Annotated[
        str | None,
        typer.Option(help="local (this machine), space or hub (Hugging Face), ollama, or vllm (prints the command)."),
    ] = None,
    host: HostOption = None,
    port: PortOption = None,
    share: Annotated[bool, typer.Option("--share", help="Open a public link to it, through Gradio's tunnel.")] = False,
    model: Annotated[str | None, typer.Option(help="The model that goes elsewhere; local serves all.")] = None,
    name: Annotated[str | None, typer.Option(help="What it is called there: owner/name on the hub.")] = None,
    public: Annotated[bool, typer.Option("--public", help="Make what is new on the hub public.")] = False,
    quantise: Annotated[str | None, typer.Option(help="For ollama: f16, bf16, f32 or q8_0.")] = None,
    check: Annotated[int | None, typer.Option(help="Questions asked before and after an export; 0 for none.")] = None,
    log: Annotated[Path | None, typer.Option(help="Gets a line for each request; LIFT/access.jsonl.")] = None,
) -> None:
    """Model -> URL: an OpenAI-compatible API and a page to chat with base and tuned side by side, here or elsewhere.

    Where other machines can reach it, clients need the token in FORKLIFT_TOKEN, or the one that is printed.
    """
    given = {"model": model, "name": name, "public": public, "quantise": quantise, "check": check}
    token = os.environ.get("FORKLIFT_TOKEN")
    config = parse(DeployConfig, to=to, host=host, port=port, share=share, token=token, log=log, **given)
    if config.to == "local":
        serve_until_stopped(lift_directory, config)
    else:
        _hand_over(open_lift(lift_directory), config)


def _hand_over(space: Lift, config: DeployConfig) -> None:
    """Takes the model elsewhere and prints where it is, or the command that goes on from here."""
    from forklift.deploy.hub import publish
    from forklift.deploy.runtimes import to_ollama, vllm_command
    from forklift.deploy.space import to_space

    with Bars() as report:
        if config.to == "space":
            found = [to_space(space, config.model, config.name, config.public, report)]
        elif config.to == "hub":
            found = publish(space, config.model, config.name, config.public, report, config.check)
        elif config.to == "ollama":
            found = [to_ollama(space, config.model, config.name, config.quantise, report, config.check)]
        else:
            found = [vllm_command(space, config.model, config.name)]
    for line in found:
        out.print(Text(printable(line)))


def mcp(
    lift_directory: LiftArgument,
    http: Annotated[bool, typer.Option("--http", help="Serve at a URL instead of stdin and stdout.")] = False,
    host: Annotated[str, typer.Option(help="Address to listen on; beyond this machine needs FORKLIFT_TOKEN.")] = (
        "127.0.0.1"
    ),
    port: Annotated[int, typer.Option(help="Port to listen on; 0 takes any free one.")] = 8001,
    model: Annotated[str, typer.Option(help="The model that answers the tool `ask`.")] = "sft",
) -> None:
    """The same knowledge for coding agents, over the Model Context Protocol."""
    from forklift.deploy.mcp import serve_mcp

    token = os.environ.get("FORKLIFT_TOKEN", "")
    transport: Literal["stdio", "http"] = "http" if http else "stdio"
    serve_mcp(open_lift(lift_directory), transport, host, port, model=model, token=token, ready=say)


def export(
    lift_directory: LiftArgument,
    to: Annotated[str | None, typer.Option(help="merged (transformers), gguf (llama.cpp) or ollama.")] = None,
    model: Annotated[str, typer.Option(help="The model to export.")] = "sft",
    out_directory: Annotated[
        Path | None, typer.Option("--out", "-o", help="Directory to write; LIFT/exports/... when left out.")
    ] = None,
    quantise: Annotated[str | None, typer.Option(help="Of gguf and ollama: f16, bf16, f32 or q8_0.")] = None,
    check: Annotated[int | None, typer.Option(help="Questions asked before and after; 0 for none.")] = None,
) -> None:
    """Model -> files for other programs; the same questions are asked before and after."""
    from forklift.deploy.export import export as run_export

    space, config = open_lift(lift_directory), parse(ExportConfig, to=to, quantise=quantise, check=check)
    kind = "merged" if config.to == "merged" else f"{config.to}-{config.quantise}"
    target = out_directory or space.root / "exports" / f"{model}-{kind}"
    with Bars() as report:
        done = run_export(space, model, config.to, target, report, quantise=config.quantise, questions=config.check)
    if done.parity:
        say(str(done.parity))
    out.print(Text(printable(str(done.path))))


def serve_until_stopped(root: Path, config: DeployConfig) -> None:
    """Serves the lift at `root` and prints its URL once it answers."""
    from forklift.deploy import serve

    serve(open_lift(root), config, _announce)


def _announce(url: str) -> None:
    out.print(url)
    if "?token=" in url:
        say("the address brings the token; API clients present it as their API key")
