package chat.samara.wire.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import chat.samara.mls.codec.Bytes;
import chat.samara.wire.Refused;
import chat.samara.wire.RefusedException;
import chat.samara.wire.Samples;
import chat.samara.wire.proto.CommitPayload;
import chat.samara.wire.proto.ErrorCode;
import chat.samara.wire.proto.RecordKind;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class PayloadTest {
    private static final Bytes SOME = Bytes.ofUtf8("some");

    @Test
    void aGenesisIsReadAsItWasWritten() throws RefusedException {
        assertThat(Payload.control(Samples.genesisRecord()).getGenesis()).isEqualTo(Samples.genesisControl());
    }

    @Test
    void anEpochsEndIsReadAsItWasWritten() throws RefusedException {
        Record record = record(RecordKind.CONTROL, Payload.epochClosed(41));

        assertThat(Payload.control(record).getEpochClosed().getThroughEpoch()).isEqualTo(41);
    }

    @Test
    void aCommitIsReadAsItWasWrittenWithOrWithoutAWelcome() throws RefusedException {
        CommitPayload with = Payload.commit(record(RecordKind.COMMIT, Payload.commit(SOME, SOME, SOME)));
        CommitPayload without = Payload.commit(Payload.commit(SOME, Bytes.EMPTY, SOME));

        assertThat(with.getWelcome().toStringUtf8()).isEqualTo("some");
        assertThat(without.getWelcome().isEmpty()).isTrue();
    }

    @Test
    void aCommitWithoutCommitOrGroupInfoIsRefused() {
        assertThat(Refused.by(() -> Payload.commit(Payload.commit(Bytes.EMPTY, SOME, SOME)))
                        .detail())
                .isEqualTo("CommitPayload.commit");
        assertThat(Refused.by(() -> Payload.commit(Payload.commit(SOME, SOME, Bytes.EMPTY)))
                        .detail())
                .isEqualTo("CommitPayload.group_info");
    }

    @Test
    void aControlOfALaterVersionIsUnsupported() {
        Record later = record(RecordKind.CONTROL, Bytes.ofHex("52026869"));

        assertThat(Refused.by(() -> Payload.control(later)).code()).isEqualTo(ErrorCode.UNSUPPORTED);
    }

    @Test
    void bytesThatAreNotProtobufAreRefused() {
        assertThat(Refused.by(() -> Payload.commit(Bytes.ofHex("ffffff"))).code())
                .isEqualTo(ErrorCode.MALFORMED);
    }

    @Test
    void readingARecordOfAnotherKindIsABug() {
        assertThatThrownBy(() -> Payload.commit(Samples.message(1))).isInstanceOf(IllegalArgumentException.class);
    }

    private static Record record(RecordKind kind, Bytes payload) {
        Record.Content message = Samples.message(1).content();
        return Record.of(new Record.Content(
                message.channel(),
                message.origin(),
                1,
                1,
                kind,
                0,
                message.idempotencyKey(),
                kind == RecordKind.CONTROL ? Optional.empty() : message.device(),
                payload,
                0));
    }
}
