package chat.samara.wire.frame;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.wire.proto.ClientFrame;
import chat.samara.wire.proto.PeerFrame;
import chat.samara.wire.proto.ServerFrame;
import com.google.protobuf.UnknownFieldSet;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** A field that is not known costs its reader no more than the bytes that it came in, however deep it stands. */
class UnknownFieldsTest {
    private static final UnknownFieldSet SOME = UnknownFieldSet.newBuilder()
            .addField(1_000, UnknownFieldSet.Field.newBuilder().addVarint(1).build())
            .build();

    @Test
    @DisplayName("a server keeps none that a device sends")
    void ofADevice() throws Exception {
        ClientFrame.Builder frame = sample(FrameSamples.client(), "follow").toBuilder();
        frame.getFollowBuilder().getCursorsBuilder(0).setUnknownFields(SOME);

        ClientFrame read = ClientFrames.decode(frame.build().toByteArray());

        assertThat(read.getFollow().getCursors(0).getUnknownFields().asMap()).isEmpty();
        assertThat(read).isEqualTo(sample(FrameSamples.client(), "follow"));
    }

    @Test
    @DisplayName("a server keeps none that a peer sends")
    void ofAPeer() throws Exception {
        PeerFrame.Builder frame = sample(FrameSamples.peer(), "submit_records").toBuilder();
        frame.getSubmitRecordsBuilder().getRecordsBuilder(0).setUnknownFields(SOME);

        PeerFrame read = PeerFrames.decode(frame.build().toByteArray());

        assertThat(read).isEqualTo(sample(FrameSamples.peer(), "submit_records"));
    }

    @Test
    @DisplayName("a device keeps none that its server sends")
    void ofAServer() throws Exception {
        ServerFrame.Builder frame = sample(FrameSamples.server(), "entries").toBuilder();
        frame.getEntriesBuilder().getEntriesBuilder(0).setUnknownFields(SOME);

        ServerFrame read = ServerFrames.decode(frame.build().toByteArray());

        assertThat(read).isEqualTo(sample(FrameSamples.server(), "entries"));
    }

    private static <F> F sample(Map<String, F> samples, String name) {
        return Objects.requireNonNull(samples.get(name));
    }
}
