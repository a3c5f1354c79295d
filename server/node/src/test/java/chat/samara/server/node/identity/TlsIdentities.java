package chat.samara.server.node.identity;

import chat.samara.server.node.transport.TlsIdentity;
import java.time.Instant;

/** TLS keys for tests of other packages. */
public final class TlsIdentities {
    private TlsIdentities() {}

    public static TlsIdentity fresh() {
        return SelfSigned.generate(Instant.now());
    }
}
