package chat.samara.server.node;

import chat.samara.server.node.command.ServerCommand;

/** Where {@code ./samara server} begins. */
public final class Main {
    private Main() {}

    public static void main(String[] args) {
        System.exit(ServerCommand.run(args));
    }
}
