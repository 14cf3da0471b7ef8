"""The image that is shipped, in an emulator, during a workout and during updates: what happens to
it, what was seen, and how long it took until it counted again.

    firmware/test faults [--long] [IMAGE.img.zst]

About an hour on two cores. The log of each start is kept beside the card.
"""

import os
import random
import sys
from pathlib import Path

FIRMWARE = Path(__file__).resolve().parent
sys.path.insert(0, str(FIRMWARE.parent))

from firmware.emulator import Tools, find_tools  # noqa: E402
from firmware.faults import boot_file, during_a_workout  # noqa: E402
from firmware.image import Signing  # noqa: E402
from firmware.story import PASSWORD, PATIENCE, USER, Story, tell_story  # noqa: E402
from firmware.update_faults import Releases, during_updates, release_server  # noqa: E402
from firmware.variants import NO_INIT, Bakery  # noqa: E402
from firmware.watch import Workout, print_table  # noqa: E402
from tests.broker import Listener  # noqa: E402

CUTS = int(os.environ.get("EDGECV_CUTS", "3"))
"""Of the supply, during the workout, and as many during an update."""


def chapters(story: Story, cache: Path) -> None:
    at_random = random.Random(1)  # noqa: S311 - when the supply is cut
    (root,) = cache.glob("root-*/root.ext4")
    signing = Signing.for_trials(cache / "trial-keys")
    releases = story.folder / "releases"
    releases.mkdir(exist_ok=True)
    toolbox = find_tools(cache)
    assert toolbox is not None
    tools = Tools(toolbox, story.folder, cache, FIRMWARE)
    bakery = Bakery(releases, root, signing, tools)
    story.tell("baking bundles")
    second, third = bakery.of_version("0.2.0"), bakery.of_version("0.3.0")
    broken = bakery.of_version("0.4.0", NO_INIT)
    bad = {
        "signed by somebody else": bakery.of_somebody_else(),
        "for another device": bakery.for_another_device(),
        "damaged": bakery.damaged(third),
    }
    story.card.write("machine.env", PATIENCE)
    story.card.write("edgecv.toml", boot_file(story))
    with (
        Listener(story.broker, user=(USER, PASSWORD)) as heard,
        release_server(story, releases) as (address, certificate),
    ):
        workout = Workout(story, heard)
        try:
            during_a_workout(story, workout, at_random, CUTS)
            server = Releases(address, certificate, second, third, broken, bad)
            during_updates(story, workout, at_random, server, CUTS)
        finally:
            print_table(workout.seen)


if __name__ == "__main__":
    sys.exit(tell_story(lambda story: chapters(story, Path(sys.argv[1]).resolve())))
