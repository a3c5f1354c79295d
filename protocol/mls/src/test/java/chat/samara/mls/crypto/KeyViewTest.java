package chat.samara.mls.crypto;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import javax.crypto.Mac;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("A view of a key")
class KeyViewTest {
    private final byte[] key = {1, 2, 3, 4};
    private final KeyView view = new KeyView(key, "HmacSHA256");

    @Test
    @DisplayName("gives copies, overwrites them, and leaves the caller's array alone")
    void copies() {
        byte[] copy = view.getEncoded();
        assertThat(copy).isEqualTo(key).isNotSameAs(key);
        view.eraseCopies();
        assertThat(copy).containsOnly(0);
        assertThat(key).containsExactly(1, 2, 3, 4);
    }

    @Test
    @DisplayName("is a key to the JDK, whose HMAC overwrites its copy by itself")
    void hmac() throws Exception {
        byte[][] copy = new byte[1][];
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new javax.crypto.SecretKey() {
            private static final long serialVersionUID = 1L;

            @Override
            public String getAlgorithm() {
                return view.getAlgorithm();
            }

            @Override
            public String getFormat() {
                return view.getFormat();
            }

            @Override
            public byte[] getEncoded() {
                copy[0] = view.getEncoded();
                return copy[0];
            }
        });
        assertThat(copy[0]).containsOnly(0);
        assertThat(mac.doFinal(new byte[3])).isEqualTo(Hash.SHA256.mac(key, new byte[3]));
        assertThat(Arrays.equals(key, new byte[4])).isFalse();
    }
}
