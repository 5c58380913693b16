"""``python -m sandbox demo``: a teacher's day, live."""

import asyncio
from contextlib import suppress

from rich.console import Console

from sandbox.deployment import Deploy
from sandbox.errors import SandboxError, SceneError
from sandbox.feed_restart import restart_feed
from sandbox.options import StackOptions
from sandbox.scenario import TeachersDay
from sandbox.scene import Scene
from sandbox.signals import signals_cancel_this_task
from sandbox.stack import Stack
from sandbox.stage import Stage, new_console, open_output

INTERRUPTED = 130


async def demo_on_own_stack(options: StackOptions, *, email: str, password: str, course: str) -> int:
    """Start everything, play the day, stop everything; return the exit code: 0, 1 failed, 130 interrupted."""
    output = open_output()
    console = new_console(output)
    console.print("Starting Valkey, a Kafka broker, the platform's services (simulated), the gateway and the feed …")
    stack = Stack(options, on_ready=lambda name, at_s: tell_ready(console, name, at_s))
    scene = Scene(
        gateway=stack.addresses.gateway,
        websocket=stack.addresses.websocket,
        email=email,
        password=password,
        course=course,
    )
    with signals_cancel_this_task(), suppress(asyncio.CancelledError):
        try:
            async with stack:
                code = await play(scene, console, deploy=lambda: restart_feeds(stack))
                if code:
                    stack.keep_logs = True
                    tell_trouble(console, stack)
                return code
        except SandboxError as failure:
            console.print(str(failure), style="red", markup=False, soft_wrap=True)
            console.print(f"The logs are in {stack.folder}", soft_wrap=True)
            return 1
    return 0 if output.reader_left else INTERRUPTED


async def demo_on_running(scene: Scene) -> int:
    """Play the day against services that run already; return the exit code: 0, 1 failed, 130 interrupted."""
    output = open_output()
    console = new_console(output)
    with signals_cancel_this_task(), suppress(asyncio.CancelledError):
        return await play(scene, console)
    return 0 if output.reader_left else INTERRUPTED


async def restart_feeds(stack: Stack) -> int:
    """Restart every replica of the feed, one after the other; return how many there are."""
    for replica in stack.parts.feeds:
        await restart_feed(replica, stack.parts.feeds)
    return len(stack.parts.feeds)


async def play(scene: Scene, console: Console, *, deploy: Deploy | None = None) -> int:
    """Play the day and print it; return 0, or 1 when a step failed."""
    console.print(f"The gateway is at {scene.gateway}, the feed at {scene.websocket}.\n", soft_wrap=True)
    stage = Stage(console)
    try:
        await TeachersDay(scene, stage, deploy=deploy).play()
    except SceneError as failure:
        console.print(f"\nThe day ended early: {failure}", style="bold red", markup=False, soft_wrap=True)
        return 1
    console.print()
    console.print(stage.summary())
    return 0


def tell_ready(console: Console, name: str, at_s: float) -> None:
    """Print that a process is ready."""
    console.print(f"  {at_s:5.2f} s  {name} is ready", style="dim")


def tell_trouble(console: Console, stack: Stack) -> None:
    """Print which processes died and where the logs are."""
    for death in stack.dead():
        console.print(str(death), style="red", markup=False, soft_wrap=True)
    console.print(f"The logs are in {stack.folder}", soft_wrap=True)
