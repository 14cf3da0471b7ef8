"""What people do on the spot that is no exercise: scripts, drawn from a seed.

Each function fills a script that lasts about `seconds`.
"""

from dataclasses import replace

from edgecv.athlete.posture import STANDING, Limb, Posture, grounded, mirrored, symmetric
from edgecv.athlete.script import Script

_HANGING = STANDING.left_arm
_GUARD = Limb(forward=38, outward=8, turn=-18, bend=132, twist=-20)
_TALKING = Limb(forward=18, outward=10, turn=-10, bend=84, twist=40)


def _stood(pitch: float, thigh: float, knee: float, *, arms: Limb, neck: float = 0.0) -> Posture:
    """On flat feet; `thigh` degrees in front of the vertical, whatever the pitch of the trunk."""
    legs = grounded(Limb(forward=pitch + thigh, outward=5, bend=knee, twist=12), pitch)
    return symmetric(pitch=pitch, neck=neck, arms=arms, legs=legs)


_SEATED = _stood(2, 84, 86, arms=Limb(forward=30, outward=8, bend=50, twist=-60))
_LEANING = _stood(42, 62, 78, arms=Limb(forward=58, outward=10, bend=50), neck=-26)


def sitting(script: Script, seconds: float) -> None:
    """Sits down on a chair, stays there for long, and gets up again."""
    while script.duration_s < seconds:
        script.wait(script.between(1.5, 4.0))
        script.to(_LEANING, script.between(0.8, 1.3))
        script.to(_SEATED, script.between(0.6, 1.0))
        for _ in range(script.count(2, 4)):
            script.wait(script.between(1.5, 3.5))
            pitch = script.between(-4, 12)
            legs = _SEATED.left_leg
            arms = Limb(forward=script.between(20, 60), outward=8, bend=script.between(30, 90))
            legs = grounded(replace(legs, forward=pitch + 82), pitch)
            script.to(symmetric(pitch=pitch, arms=arms, legs=legs), script.between(0.6, 1.5))
        script.to(_LEANING, script.between(0.9, 1.4))
        script.to(STANDING, script.between(0.8, 1.2))
    script.wait(1.0)


def picking_up(script: Script, seconds: float) -> None:
    """Picks things up from the floor and puts them away, by turns from the knees and the hips."""
    while script.duration_s < seconds:
        script.wait(script.between(0.8, 3.0))
        reaching = Limb(forward=script.between(82, 96), outward=4, bend=12, twist=-50)
        if script.either():
            low = _stood(48, 62, 104, arms=replace(reaching, forward=62), neck=-20)
        else:
            low = _stood(82, 26, 38, arms=reaching, neck=-20)
        if script.either():
            aside = Limb(forward=40, outward=14, bend=30)
            low = replace(low, right_arm=aside) if script.either() else replace(low, left_arm=aside)
        heading = script.between(-25, 25)
        script.to(low, script.between(0.9, 1.5), heading)
        script.wait(script.between(0.3, 1.0))
        script.to(symmetric(arms=_TALKING, legs=STANDING.left_leg), script.between(0.9, 1.4))
        script.wait(script.between(0.3, 1.2))
        height = script.between(20, 120)
        away = symmetric(arms=Limb(forward=height, outward=6, bend=30), legs=STANDING.left_leg)
        script.to(away, script.between(0.6, 1.2), script.between(-30, 30))
        script.to(STANDING, script.between(0.6, 1.1))
    script.wait(0.8)


def waving(script: Script, seconds: float) -> None:
    """Waves with one hand, now and then with both."""
    while script.duration_s < seconds:
        script.wait(script.between(0.6, 2.5))
        raised = Limb(
            forward=script.between(10, 30),
            outward=script.between(60, 130),
            turn=60,
            bend=script.between(60, 110),
            twist=-40,
        )
        wave = replace(STANDING, left_arm=raised)
        if script.either():
            wave = mirrored(wave)
        if script.count(1, 4) == 1:
            wave = replace(wave, left_arm=raised, right_arm=raised)
        swing = script.between(15, 40)
        script.to(wave, script.between(0.45, 0.9))
        for _ in range(script.count(2, 6)):
            for sign in (1, -1):
                script.to(_arms_bent(wave, sign * swing), script.between(0.18, 0.34))
        script.to(STANDING, script.between(0.5, 1.0))
    script.wait(0.8)


def _arms_bent(posture: Posture, more: float) -> Posture:
    """Every raised arm bent so much more."""
    arms = (posture.left_arm, posture.right_arm)
    left, right = (a if a == _HANGING else replace(a, bend=a.bend + more) for a in arms)
    return replace(posture, left_arm=left, right_arm=right)


def talking(script: Script, seconds: float) -> None:
    """Talks with the hands: up, held, moved about, dropped."""

    def hand() -> Limb:
        if script.count(1, 4) == 1:
            return _HANGING
        return Limb(
            forward=script.between(-5, 55),
            outward=script.between(4, 34),
            turn=script.between(-35, 25),
            bend=script.between(40, 135),
            twist=script.between(-40, 70),
        )

    while script.duration_s < seconds:
        script.wait(script.between(0.2, 2.0))
        for _ in range(script.count(2, 7)):
            gesture = replace(
                STANDING,
                left_arm=hand(),
                right_arm=hand(),
                pitch=script.between(-3, 6),
                neck=script.between(-12, 14),
            )
            script.to(gesture, script.between(0.25, 0.8), script.between(-15, 15))
            if script.either():
                script.wait(script.between(0.2, 1.6))
        script.to(STANDING, script.between(0.4, 0.9), script.between(-10, 10))
    script.wait(0.6)


def jogging(script: Script, seconds: float) -> None:
    """Jogs on the spot, with a rest now and then."""
    step_s = script.between(0.32, 0.42)
    knee = script.between(28, 58)
    arms = Limb(forward=4, outward=12, turn=-12, bend=85)
    both = symmetric(arms=arms, legs=grounded(Limb(forward=16, outward=4, bend=32)))
    flying = replace(both, lift=0.035)
    left = replace(
        both,
        left_leg=Limb(forward=knee, outward=4, bend=knee + 38, tip=-10),
        left_arm=replace(arms, forward=-22),
        right_arm=replace(arms, forward=26),
    )
    while script.duration_s < seconds:
        script.to(both, 0.5)
        for _ in range(script.count(8, 24)):
            for step in (left, mirrored(left)):
                pace = step_s * script.between(0.93, 1.07)
                script.to(step, 0.55 * pace)
                script.to(flying, 0.45 * pace)
        script.to(STANDING, 0.6)
        script.wait(script.between(1.0, 4.0))


def dancing(script: Script, seconds: float) -> None:
    """Bounces in the knees to a beat, with the arms in figures that change every few bars."""
    beat_s = 60.0 / script.between(92, 130)
    half_time = script.either()
    depth = script.between(0.55, 1.0)
    while script.duration_s < seconds:
        up, down = _figure(script)
        turn = script.between(0, 14)
        for beat in range(4 * script.count(1, 3)):
            bend = depth * script.between(0.8, 1.15)
            sign = 1 if beat % 2 else -1
            sway = sign * script.between(1, 4)
            low = _stood(4 + 6 * bend, 38 * bend, 74 * bend, arms=_HANGING, neck=-4)
            arms = (down, up) if beat % 2 else (up, down)
            low = replace(low, left_arm=arms[0], right_arm=arms[1], roll=sway)
            high = _stood(1, 6, 12, arms=_HANGING)
            high = replace(high, left_arm=arms[1], right_arm=arms[0])
            share = beat_s if half_time else beat_s / 2.0
            script.to(low, share * script.between(0.96, 1.04), sign * turn)
            script.to(high, share * script.between(0.96, 1.04), sign * turn / 2.0)
    script.to(STANDING, 0.8)


def _figure(script: Script) -> tuple[Limb, Limb]:
    """An arm at either end of what it does in a figure of the dance."""
    low = Limb(
        forward=script.between(-10, 40),
        outward=script.between(8, 60),
        turn=script.between(-20, 40),
        bend=script.between(30, 110),
    )
    swing, lift = script.between(-45, 45), script.between(0, 70)
    high = replace(
        low,
        forward=low.forward + swing,
        outward=low.outward + lift,
        bend=max(10.0, low.bend - script.between(-25, 60)),
    )
    return low, high


def stretching(script: Script, seconds: float) -> None:
    """Stretches: overhead, to the side, down to the toes, an arm across; each is held."""
    overhead = Limb(forward=8, outward=168, turn=60, bend=10)
    legs = STANDING.left_leg
    tall = symmetric(pitch=-3, neck=-8, arms=overhead, legs=legs)
    aside = replace(STANDING, left_arm=overhead, roll=-18)
    down = _stood(96, 6, 14, arms=Limb(forward=100, outward=4, bend=8), neck=10)
    across = replace(
        STANDING,
        left_arm=Limb(forward=84, outward=-32, bend=12),
        right_arm=Limb(forward=62, outward=-20, turn=-40, bend=110),
    )
    wide = symmetric(pitch=-4, arms=Limb(forward=-10, outward=84, bend=8), legs=legs)
    figures = (tall, aside, mirrored(aside), down, across, mirrored(across), wide)
    while script.duration_s < seconds:
        script.wait(script.between(0.5, 2.0))
        figure = figures[script.count(0, len(figures) - 1)]
        slowly = script.between(1.0, 2.4)
        script.to(figure, slowly)
        for _ in range(script.count(0, 3)):
            script.wait(script.between(0.4, 1.5))
            script.to(figure, script.between(0.4, 0.9))
        script.wait(script.between(0.8, 4.0))
        script.to(STANDING, slowly)
    script.wait(0.8)


def boxing(script: Script, seconds: float) -> None:
    """Boxes with a shadow: jabs, crosses and hooks in combinations, and ducks."""
    guard = _stood(6, 14, 26, arms=_GUARD, neck=-4)
    jab = Limb(forward=88, outward=4, bend=8, twist=-80)
    hook = Limb(forward=70, outward=38, turn=-60, bend=86, twist=-60)
    script.to(guard, 0.7)
    while script.duration_s < seconds:
        for _ in range(script.count(1, 5)):
            punch = replace(guard, left_arm=hook if script.count(1, 3) == 1 else jab)
            side = 1
            if script.either():
                punch, side = mirrored(punch), -1
            turn = -side * script.between(10, 26)
            script.to(punch, script.between(0.14, 0.24), turn)
            script.to(guard, script.between(0.18, 0.3))
        if script.count(1, 3) == 1:
            ducked = _stood(16, 40, 76, arms=_GUARD, neck=-12)
            script.to(replace(ducked, roll=script.between(-12, 12)), script.between(0.3, 0.5))
            script.to(guard, script.between(0.3, 0.5))
        for _ in range(script.count(1, 5)):
            script.to(_stood(6, 20, 38, arms=_GUARD, neck=-4), script.between(0.14, 0.22))
            script.to(guard, script.between(0.14, 0.22))
    script.to(STANDING, 0.7)
