"""The far end of the call benchmark: SIPp answers, and sends what it is told to the telephones' ports."""

import asyncio
import shutil
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from omnibound.domain.errors import NotFound

RING_S: Final = 0.1
_START_S: Final = 0.5

_HEAD = """
      [last_Via:]
      [last_From:]
      [last_To:]{tag}
      [last_Call-ID:]
      [last_CSeq:]
      Contact: <sip:far@[local_ip]:[local_port];transport=[transport]>
"""
_TAGGED = _HEAD.format(tag=";tag=far[call_number]").strip("\n")
_SDP = """
      Content-Type: application/sdp
      Content-Length: [len]

      v=0
      o=far 7 1 IN IP4 [local_ip]
      s=-
      c=IN IP4 [local_ip]
      t=0 0
      m=audio [field0] RTP/AVP 0
      a=rtpmap:0 PCMU/8000
"""

SCENARIO = f"""<?xml version="1.0" encoding="UTF-8"?>
<scenario name="callee">
  <recv request="INVITE"/>
  <send><![CDATA[
      SIP/2.0 180 Ringing
{_TAGGED}
      Content-Length: 0

  ]]></send>
  <pause milliseconds="{round(RING_S * 1_000)}"/>
  <send retrans="500"><![CDATA[
      SIP/2.0 200 OK
{_TAGGED}
{_SDP.strip(chr(10))}
  ]]></send>
  <recv request="ACK"/>
  <recv request="BYE"/>
  <send><![CDATA[
      SIP/2.0 200 OK
{_HEAD.format(tag="").strip(chr(10))}
      Content-Length: 0

  ]]></send>
</scenario>
"""
"""Rings, answers, listens, is hung up."""


@asynccontextmanager
async def callee(port: int, folder: Path, ports: Sequence[int]) -> AsyncGenerator[None]:
    """It answers at a port; the media of its calls goes to these ports in turns. Raises NotFound without SIPp."""
    program = shutil.which("sipp")
    if program is None:
        raise NotFound("the program sipp is missing (Debian: sip-tester)")
    scenario, field = folder / "callee.xml", folder / "ports.csv"
    scenario.write_text(SCENARIO)
    field.write_text("SEQUENTIAL\n" + "".join(f"{each};\n" for each in ports))
    words = ["-sf", str(scenario), "-inf", str(field), "-i", "127.0.0.1", "-p", str(port), "-nostdin"]
    nothing = asyncio.subprocess.DEVNULL
    process = await asyncio.create_subprocess_exec(program, *words, cwd=folder, stdout=nothing, stderr=nothing)
    try:
        await asyncio.sleep(_START_S)
        if process.returncode is not None:
            raise RuntimeError(f"sipp has ended with {process.returncode}")
        yield
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
