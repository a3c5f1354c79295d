package chat.samara.server.core.keypackage;

import chat.samara.mls.MlsException;
import chat.samara.mls.framing.MlsMessage;
import chat.samara.mls.tree.LeafNodeSource;
import chat.samara.mls.tree.Lifetime;
import chat.samara.server.core.Limits;
import chat.samara.server.core.store.Stored;
import chat.samara.server.core.store.Table;
import chat.samara.server.core.store.proto.StoredKeyPackage;
import com.google.protobuf.ByteString;

/**
 * Until when a KeyPackage is handed out. It ends some time before the KeyPackage expires: who claims it still has to build a commit, and
 * may have to wait with it. Seconds since 1970 UTC, unsigned, as in the lifetime.
 */
final class Claimability {
    private static final long REMAINING_SECONDS_MIN = Limits.KEY_PACKAGE_REMAINING_MILLIS_MIN / 1000;
    private static final long SHORT_LIFETIME_PARTS = 10;

    private Claimability() {}

    static long untilSeconds(Lifetime lifetime) {
        long span = lifetime.notAfterSeconds() - lifetime.notBeforeSeconds();
        return lifetime.notAfterSeconds()
                - Math.min(REMAINING_SECONDS_MIN, Long.divideUnsigned(span, SHORT_LIFETIME_PARTS));
    }

    static boolean isClaimable(StoredKeyPackage stored, long nowSeconds) {
        return Long.compareUnsigned(nowSeconds, untilSeconds(stored)) <= 0;
    }

    /** A row from before the field was kept says it by its KeyPackage. */
    private static long untilSeconds(StoredKeyPackage stored) {
        return stored.getClaimableUntilSeconds() != 0
                ? stored.getClaimableUntilSeconds()
                : untilSeconds(lifetimeOf(stored.getMessage()));
    }

    /** Whether the KeyPackage in this MLSMessage, which was verified when it was published, has not expired. */
    static boolean isCurrent(ByteString message, long nowSeconds) {
        return Long.compareUnsigned(nowSeconds, lifetimeOf(message).notAfterSeconds()) <= 0;
    }

    private static Lifetime lifetimeOf(ByteString message) {
        try {
            LeafNodeSource source = MlsMessage.decode(message.toByteArray())
                    .requireKeyPackage()
                    .leafNode()
                    .source();
            if (source instanceof LeafNodeSource.FromKeyPackage made) {
                return made.lifetime();
            }
        } catch (MlsException e) {
            throw Stored.corrupt(Table.KEY_PACKAGE, e);
        }
        throw new IllegalStateException("a KeyPackage without a lifetime was stored, expected one that was verified");
    }
}
