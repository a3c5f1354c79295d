package chat.samara.mls.welcome;

import chat.samara.mls.MlsException;
import chat.samara.mls.codec.TlsEncodable;
import chat.samara.mls.codec.TlsReader;
import chat.samara.mls.codec.TlsWriter;
import chat.samara.mls.crypto.Secret;
import chat.samara.mls.schedule.PreSharedKeyId;
import java.util.List;
import java.util.Optional;

/**
 * {@code GroupSecrets} (RFC 9420 §12.4.3.1).
 *
 * @param pathSecret of the lowest common ancestor of the new member and the committer, where the commit has a path
 */
public record GroupSecrets(Secret joinerSecret, Optional<Secret> pathSecret, List<PreSharedKeyId> psks)
        implements TlsEncodable {
    public GroupSecrets {
        psks = List.copyOf(psks);
    }

    public static GroupSecrets readFrom(TlsReader reader) throws MlsException {
        return new GroupSecrets(
                Secret.take(reader.opaqueArray()),
                reader.optional(present -> Secret.take(present.opaqueArray())),
                reader.vector(PreSharedKeyId::readFrom));
    }

    /** Overwrites the secrets. */
    public void erase() {
        joinerSecret.erase();
        pathSecret.ifPresent(Secret::erase);
    }

    @Override
    public void writeTo(TlsWriter writer) {
        writer.opaque(joinerSecret.reveal());
        writer.uint8(pathSecret.isPresent() ? 1 : 0);
        pathSecret.ifPresent(secret -> writer.opaque(secret.reveal()));
        writer.vector(psks);
    }
}
