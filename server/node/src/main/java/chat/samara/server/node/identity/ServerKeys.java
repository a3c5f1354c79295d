package chat.samara.server.node.identity;

import chat.samara.mls.codec.Bytes;
import chat.samara.mls.crypto.RandomSource;
import chat.samara.mls.crypto.SignatureKeyPair;
import chat.samara.server.node.folder.DataFolder;
import chat.samara.server.node.folder.FolderException;
import chat.samara.server.node.folder.PrivateFile;
import chat.samara.server.node.transport.TlsIdentity;
import chat.samara.wire.RefusedException;
import chat.samara.wire.identity.Manifest;
import chat.samara.wire.identity.ManifestIn;
import chat.samara.wire.identity.ServerAddress;
import chat.samara.wire.identity.ServerName;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * What makes a server this server: its root key, the port's key, and the manifest as it was last issued.
 *
 * <p>The name is chosen with the first manifest and never changes: members' ids, channels and peers hold on to it.
 */
public final class ServerKeys {
    private final DataFolder folder;
    private final SignatureKeyPair rootKey;
    private final TlsIdentity tls;
    private final Optional<Manifest> issued;

    private ServerKeys(DataFolder folder, SignatureKeyPair rootKey, TlsIdentity tls, Optional<Manifest> issued) {
        this.folder = folder;
        this.rootKey = rootKey;
        this.tls = tls;
        this.issued = issued;
    }

    /**
     * Reads the keys, or makes them at the first start.
     *
     * @throws FolderException if a file is damaged, unreadable, or missing where the others are there
     */
    public static ServerKeys open(DataFolder folder, RandomSource random, Instant now) throws FolderException {
        SignatureKeyPair rootKey = RootKey.loadOrCreate(folder, random);
        return new ServerKeys(folder, rootKey, TlsKeys.loadOrCreate(folder, now), readManifest(folder, rootKey));
    }

    public SignatureKeyPair rootKey() {
        return rootKey;
    }

    public TlsIdentity tls() {
        return tls;
    }

    /** The name of the server, if it has been started before. */
    public Optional<ServerName> name() {
        return issued.map(Manifest::serverName);
    }

    /** The manifest as it was last issued. */
    public Optional<Manifest> issued() {
        return issued;
    }

    /**
     * The manifest of this start, which is on disk before this returns. Its number is the time, or the next one where the clock is behind: so
     * a server that was restored from an older copy does not show its members and peers an older one than they have seen, which they would
     * take for somebody in the middle. Where it cannot be written, one that still holds goes on.
     */
    public Manifest manifest(ServerName name, List<ServerAddress> addresses, Instant now) throws FolderException {
        List<Bytes> tlsKeys = List.of(Bytes.of(tls.spkiSha256()));
        if (issued.isPresent() && !issued.get().serverName().equals(name)) {
            throw renamed(issued.get().serverName(), name);
        }
        long next = issued.map(last -> last.sequence() + 1).orElse(1L);
        Manifest fresh = Manifest.sign(
                rootKey,
                new Manifest.Content(
                        name, Math.max(next, now.getEpochSecond()), addresses, tlsKeys, now.toEpochMilli()));
        try {
            PrivateFile.write(folder.manifestFile(), fresh.encoded().toByteArray());
        } catch (IOException failed) {
            Optional<Manifest> holds =
                    issued.filter(last -> last.content().addresses().equals(addresses)
                            && last.content().tlsSpkiSha256().equals(tlsKeys));
            return holds.orElseThrow(() -> new FolderException(
                    "The manifest " + folder.manifestFile() + " cannot be written (" + FolderException.reason(failed)
                            + ").",
                    failed));
        }
        return fresh;
    }

    /** The clear refusal of another name than the first. */
    public FolderException renamed(ServerName is, ServerName wanted) {
        return new FolderException("The server in " + folder.path() + " is " + is + " and cannot become " + wanted
                + "; leave --name out, or choose another folder with --data for a new server.");
    }

    private static Optional<Manifest> readManifest(DataFolder folder, SignatureKeyPair rootKey) throws FolderException {
        if (!Files.exists(folder.manifestFile())) {
            if (Files.exists(folder.storeFolder())) {
                throw new FolderException("The manifest " + folder.manifestFile()
                        + " is missing but there is a store; restore it from a backup of the data folder.");
            }
            return Optional.empty();
        }
        try {
            Manifest manifest = ManifestIn.decode(Bytes.wrapUnsafe(Files.readAllBytes(folder.manifestFile())))
                    .verify();
            if (!manifest.rootKey().equals(rootKey.publicKey())) {
                throw new FolderException("The manifest " + folder.manifestFile() + " was not issued by the key "
                        + folder.rootKeyFile() + "; restore both from the same backup.");
            }
            return Optional.of(manifest);
        } catch (RefusedException damaged) {
            throw new FolderException(
                    "The manifest " + folder.manifestFile() + " is damaged ("
                            + damaged.refusal().reason() + "); restore it from a backup of the data folder.",
                    damaged);
        } catch (IOException failed) {
            throw new FolderException(
                    "The manifest " + folder.manifestFile() + " cannot be read (" + FolderException.reason(failed)
                            + ").",
                    failed);
        }
    }
}
