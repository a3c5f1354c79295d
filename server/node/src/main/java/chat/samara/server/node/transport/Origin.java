package chat.samara.server.node.transport;

/**
 * Where a connection comes from, as long as nobody has proved whose it is: what it costs is owed by all that come from there.
 *
 * @param name for people, and no two have one
 * @param isOne whether all that come from there have the turns of one between them
 */
public record Origin(String name, boolean isOne) {
    /** Of an address, behind which may be a household: each of its connections has turns of its own. */
    static Origin ofAddress(String address) {
        return new Origin("address " + address, false);
    }

    /** Of a device that shows that it was here; one that floods the server under tokens of its own is in nobody else's way. */
    static Origin ofReturning(long device) {
        return new Origin("returning device " + device, true);
    }

    /** Of whoever comes by a forwarder or an onion service on this machine: any number of connections costs nothing there, so all are as one. */
    static Origin ofForwarders(Protocol protocol) {
        return new Origin("strangers of this machine, " + protocol.alpn(), true);
    }
}
