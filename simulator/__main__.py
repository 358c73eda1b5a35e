"""Runs the simulator alone: python -m simulator --port 8081 --token 123456:TEST."""

import argparse
import asyncio
import signal

from simulator.server import TOKEN, running


def main() -> None:
    """Serves until SIGINT or SIGTERM."""
    parser = argparse.ArgumentParser(prog="python -m simulator", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8081)
    parser.add_argument("--token", default=TOKEN)
    parser.add_argument("--people", default="王芳,李强", help="names, separated by commas")
    parser.add_argument("--retry-scale", type=float, default=1.0)
    asyncio.run(_serve(parser.parse_args()))


async def _serve(options: argparse.Namespace) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    async with running(
        options.host, options.port, options.token, retry_scale=options.retry_scale
    ) as server:
        for name in filter(None, options.people.split(",")):
            server.simulator.add_user(name)
        print(f"phone page: {server.url}/", flush=True)
        await stop.wait()


main()
