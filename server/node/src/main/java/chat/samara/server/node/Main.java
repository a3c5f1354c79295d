package chat.samara.server.node;

import chat.samara.server.node.command.ServerCommand;

/** Where {@code ./samara server} begins. */
public final class Main {
    private static final String NETTY_EVENTS_PROPERTY = "io.netty.jfr.enabled";

    private Main() {}

    public static void main(String[] args) {
        // Nothing here trusts a certificate authority (design §4), so no start need read the system's list of them.
        System.setProperty("javax.net.ssl.trustStore", "NONE");
        // Unless it is asked for, Netty need not bring up Java's flight recorder for its events: a tenth of a start.
        if (System.getProperty(NETTY_EVENTS_PROPERTY) == null) {
            System.setProperty(NETTY_EVENTS_PROPERTY, "false");
        }
        System.exit(ServerCommand.run(args));
    }
}
