package chat.samara.server.node;

import chat.samara.server.node.command.ServerCommand;

/** Where {@code ./samara server} begins. */
public final class Main {
    private Main() {}

    public static void main(String[] args) {
        // Nothing here trusts a certificate authority (design §4), so no start need read the system's list of them.
        System.setProperty("javax.net.ssl.trustStore", "NONE");
        System.exit(ServerCommand.run(args));
    }
}
