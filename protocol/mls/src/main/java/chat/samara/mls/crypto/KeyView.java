package chat.samara.mls.crypto;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import javax.crypto.SecretKey;

/**
 * A key as the JDK wants it, which unlike a {@code SecretKeySpec} leaves no copy behind: it looks at the caller's array, and
 * overwrites the copies that the JDK has asked for. (What a cipher derives from its copy, as AES does its round keys, is out of
 * reach; it goes with the cipher.)
 */
final class KeyView implements SecretKey {
    private static final long serialVersionUID = 1L;

    private final transient byte[] content;
    private final String algorithm;
    private final transient List<byte[]> copies = new ArrayList<>(1);

    /** Looks at the array, which the caller goes on to own. */
    KeyView(byte[] content, String algorithm) {
        this.content = content;
        this.algorithm = algorithm;
    }

    @Override
    public String getAlgorithm() {
        return algorithm;
    }

    @Override
    public String getFormat() {
        return "RAW";
    }

    @Override
    public byte[] getEncoded() {
        byte[] copy = content.clone();
        copies.add(copy);
        return copy;
    }

    /** Overwrites the copies; whatever was made with the key can be used no more. */
    void eraseCopies() {
        copies.forEach(copy -> Arrays.fill(copy, (byte) 0));
        copies.clear();
    }
}
