package chat.samara.systemtests.sim.oracle;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.mls.codec.Bytes;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("The book of devices and their copies knows of a copy")
class DeviceBookTest {
    private static final String CHANNEL = "ab".repeat(32);
    private static final Bytes KEY = Bytes.ofHex("cd".repeat(32));
    private static final Stretch STAY = new Stretch(7, 3, 20);

    private final DeviceBook book = new DeviceBook();

    private void loggedIn(String device) {
        book.provesItself("device-bilal", device);
        book.loggedIn("device-bilal");
    }

    @Test
    @DisplayName("where the first had lost its place until then, and not where it did so afterwards")
    void lostPlaces() {
        book.losesPlace("device-bilal", CHANNEL, 5);
        book.copied("device-bilal", "device-bilal+2");
        book.losesPlace("device-bilal", CHANNEL, 9);
        book.losesPlace("device-bilal+2", CHANNEL, 10);
        assertThat(book.lostPlaces("device-bilal+2", CHANNEL)).containsExactlyInAnyOrder(5L, 10L);
        assertThat(book.lostPlaces("device-bilal", CHANNEL)).containsExactlyInAnyOrder(5L, 9L);
    }

    @Test
    @DisplayName("of which keys the first had told its person")
    void keysTold() {
        book.sawForeignKey("device-bilal", KEY);
        book.copied("device-bilal", "device-bilal+2");
        assertThat(book.hasToldOfKey("device-bilal+2", KEY)).isTrue();
        assertThat(book.hasToldOfKey("device-chau", KEY)).isFalse();
    }

    @Test
    @DisplayName("and of every device under which id it heard of a stay, whatever ids it has had since")
    void idOfAJoining() {
        loggedIn("11");
        book.joined("device-bilal", CHANNEL, STAY.joinSeq());
        loggedIn("22");
        assertThat(book.idWhenItToldOf("device-bilal", CHANNEL, STAY)).contains("11");
        assertThat(book.idWhenItToldOf("device-bilal", CHANNEL, new Stretch(8, 3, 20)))
                .isEmpty();
    }
}
