"""The loop that joins the controller with what it sits on."""

from board import Board
from controller import Controller

TICK_MS = 10
VIEW_MS = 100


def run(board: Board) -> None:
    """For ever."""
    controller = Controller(board.name, board.boot, board.now())
    shown = ("", "", "")
    looked = board.now() - VIEW_MS
    while True:
        now = board.now()
        controller.receive(board.read(), now)
        controller.look(now, board.closed())
        out = controller.tick(now, board.millivolts())
        board.switch(controller.guard.camera_on, controller.guard.board_on)
        if out:
            board.write(out)
        if now - looked >= VIEW_MS:
            looked = now
            view = controller.view(now)
            if view.key() != shown:
                board.show(view)
                shown = view.key()
        board.alive()
        board.sleep(TICK_MS)
