package chat.samara.cli.command;

import chat.samara.cli.Surroundings;

/** What a command needs of the one it stands under. */
interface Parent {
    /** The process's. */
    Surroundings surroundings();
}
