package chat.samara.mls.schedule;

import chat.samara.mls.MlsError;
import chat.samara.mls.MlsException;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.codec.TlsEncodable;
import chat.samara.mls.codec.TlsReader;
import chat.samara.mls.codec.TlsWriter;

/** {@code PreSharedKeyID} (RFC 9420 §8.4). */
public sealed interface PreSharedKeyId extends TlsEncodable {
    int EXTERNAL = 1;
    int RESUMPTION = 2;

    /** {@code ResumptionPSKUsage}. */
    int USAGE_APPLICATION = 1;

    int USAGE_REINIT = 2;
    int USAGE_BRANCH = 3;

    /** A key that the application provides under a name. */
    record External(Bytes pskId, Bytes nonce) implements PreSharedKeyId {
        @Override
        public void writeTo(TlsWriter writer) {
            writer.uint8(EXTERNAL).opaque(pskId).opaque(nonce);
        }
    }

    /** The resumption secret of a group's epoch. */
    record Resumption(int usage, Bytes groupId, long epoch, Bytes nonce) implements PreSharedKeyId {
        /** Whether it links a new group to the one that it follows from, by a re-initialization or as a branch. */
        public boolean isLink() {
            return usage != USAGE_APPLICATION;
        }

        @Override
        public void writeTo(TlsWriter writer) {
            writer.uint8(RESUMPTION).uint8(usage).opaque(groupId).uint64(epoch).opaque(nonce);
        }
    }

    /** Fresh and random, {@code KDF.Nh} bytes: makes every use of a key another. */
    Bytes nonce();

    static PreSharedKeyId readFrom(TlsReader reader) throws MlsException {
        int type = reader.uint8();
        return switch (type) {
            case EXTERNAL -> new External(reader.opaque(), reader.opaque());
            case RESUMPTION -> {
                int usage = reader.uint8();
                if (usage < USAGE_APPLICATION || usage > USAGE_BRANCH) {
                    throw new MlsException(MlsError.MALFORMED, "PSK usage " + usage + ", expected 1 to 3");
                }
                yield new Resumption(usage, reader.opaque(), reader.uint64(), reader.opaque());
            }
            default -> throw new MlsException(MlsError.MALFORMED, "PSK type " + type + ", expected 1 or 2");
        };
    }
}
