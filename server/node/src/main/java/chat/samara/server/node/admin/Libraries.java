package chat.samara.server.node.admin;

/**
 * By which libraries a running server does what several could do: chosen at its start, and the same for its whole life. For people.
 *
 * @param signatures of signatures and key agreements
 * @param network of sockets and TLS
 */
public record Libraries(String signatures, String network) {}
