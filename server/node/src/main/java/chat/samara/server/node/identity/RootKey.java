package chat.samara.server.node.identity;

import chat.samara.mls.crypto.Ed25519;
import chat.samara.mls.crypto.RandomSource;
import chat.samara.mls.crypto.SignatureKeyPair;
import chat.samara.server.node.folder.DataFolder;
import chat.samara.server.node.folder.FolderException;
import chat.samara.server.node.folder.PrivateFile;
import java.io.IOException;
import java.nio.file.Files;
import java.util.Arrays;
import java.util.HexFormat;

/**
 * The root identity key in its file: PKCS #8 (RFC 8410 §7), which for Ed25519 is a fixed beginning and the 32 bytes of the
 * private key.
 */
final class RootKey {
    private static final byte[] PKCS8_PREFIX = HexFormat.of().parseHex("302e020100300506032b657004220420");

    private RootKey() {}

    static SignatureKeyPair loadOrCreate(DataFolder folder, RandomSource random) throws FolderException {
        if (Files.exists(folder.rootKeyFile())) {
            return load(folder);
        }
        if (Files.exists(folder.storeFolder())) {
            throw new FolderException("The root key " + folder.rootKeyFile()
                    + " is missing but there is a store; restore the key from a backup, for nothing can replace it.");
        }
        SignatureKeyPair made = Ed25519.generate(random);
        byte[] privateKey = made.privateKey();
        byte[] der = Arrays.copyOf(PKCS8_PREFIX, PKCS8_PREFIX.length + privateKey.length);
        System.arraycopy(privateKey, 0, der, PKCS8_PREFIX.length, privateKey.length);
        try {
            PrivateFile.write(folder.rootKeyFile(), Pem.encode(Pem.PRIVATE_KEY, der));
        } catch (IOException failed) {
            throw new FolderException(
                    "The root key " + folder.rootKeyFile() + " cannot be written (" + FolderException.reason(failed)
                            + ").",
                    failed);
        } finally {
            Arrays.fill(privateKey, (byte) 0);
            Arrays.fill(der, (byte) 0);
        }
        return made;
    }

    private static SignatureKeyPair load(DataFolder folder) throws FolderException {
        byte[] der = Pem.read(folder.rootKeyFile(), Pem.PRIVATE_KEY);
        boolean fits = der.length == PKCS8_PREFIX.length + Ed25519.KEY_BYTES
                && Arrays.equals(der, 0, PKCS8_PREFIX.length, PKCS8_PREFIX, 0, PKCS8_PREFIX.length);
        if (!fits) {
            throw new FolderException("The file " + folder.rootKeyFile()
                    + " holds no Ed25519 private key; restore it from a backup of the data folder.");
        }
        byte[] privateKey = Arrays.copyOfRange(der, PKCS8_PREFIX.length, der.length);
        try {
            return Ed25519.keyPair(privateKey);
        } finally {
            Arrays.fill(privateKey, (byte) 0);
            Arrays.fill(der, (byte) 0);
        }
    }
}
