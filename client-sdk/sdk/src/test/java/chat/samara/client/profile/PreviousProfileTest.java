package chat.samara.client.profile;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.client.channel.ChannelState;
import chat.samara.client.channel.Membership;
import chat.samara.client.channel.Message;
import chat.samara.client.channel.MessageBody;
import chat.samara.client.device.DeviceEngine;
import chat.samara.client.device.DeviceEvent;
import chat.samara.client.device.DeviceStore;
import chat.samara.client.device.DeviceTable;
import chat.samara.client.device.EngineConfig;
import chat.samara.client.device.Now;
import chat.samara.client.refusal.ClientException;
import chat.samara.client.stored.StoredHeader;
import chat.samara.client.stored.StoredOutgoing;
import chat.samara.client.stored.StoredOutgoingKind;
import chat.samara.client.stored.StoredPin;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.crypto.PasswordHash;
import chat.samara.wire.log.ChannelId;
import com.google.protobuf.InvalidProtocolBufferException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The sample was made by the software that last wrote version 2, before tables had versions: bob's, who is in five channels, has been exchanged, lost his place, found a hub to
 * cheat, and waits to send ({@code DisturbedStore}).
 */
@DisplayName("A profile of version 2")
class PreviousProfileTest {
    private static final PasswordHash CHEAP = new PasswordHash(64, 1, 1);
    private static final List<String> CHANNELS = List.of("added again", "exchanged", "frozen", "listening", "talking");

    @TempDir
    private Path folder;

    @BeforeEach
    void copySample() throws IOException {
        for (String file : List.of("profile.header", "profile.tree")) {
            try (InputStream in =
                    Objects.requireNonNull(PreviousProfileTest.class.getResourceAsStream("version-2/" + file))) {
                Files.copy(in, folder.resolve(file));
            }
        }
    }

    private ProfileStore open() throws ClientException {
        return ProfileStore.open(folder, "correct horse".toCharArray(), CHEAP);
    }

    private static DeviceEngine started(DeviceStore store) {
        DeviceEngine engine = new DeviceEngine(store, new Random(2)::nextBytes, EngineConfig.standard());
        engine.start(new Now(1_800_000_000_000L, 1));
        return engine;
    }

    private static ChannelId idOf(DeviceEngine engine, String name) {
        return engine.channels().stream()
                .filter(channel -> channel.name().equals(name))
                .findFirst()
                .orElseThrow()
                .id();
    }

    @Test
    @DisplayName("is one of version 3 once it is opened, which the software before refuses, and has all that it had")
    void opens() throws ClientException, IOException {
        try (ProfileStore store = open()) {
            DeviceEngine engine = started(store);
            assertThat(engine.account().orElseThrow().user()).hasToString("bob@home.example");
            assertThat(engine.channels()).extracting(ChannelState::name).containsExactlyInAnyOrderElementsOf(CHANNELS);
            assertThat(engine.channel(idOf(engine, "frozen")).orElseThrow().membership())
                    .isEqualTo(Membership.FROZEN);
            for (String name : CHANNELS) {
                assertThat(engine.history(idOf(engine, name), 0, 1_000))
                        .as(name)
                        .extracting(Message::body)
                        .contains(new MessageBody.Text("before, in " + name));
            }
            assertThat(engine.pending(idOf(engine, "talking")))
                    .singleElement()
                    .satisfies(message -> assertThat(message.body()).isInstanceOf(MessageBody.Text.class));
        }
        assertThat(StoredHeader.parseFrom(Files.readAllBytes(folder.resolve("profile.header")))
                        .getVersion())
                .isEqualTo(3);
        try (ProfileStore store = open()) {
            assertThat(started(store).channels()).hasSize(CHANNELS.size());
        }
    }

    @Test
    @DisplayName("is gone on with: what is said from now on waits beside what waited")
    void goesOn() throws ClientException {
        try (ProfileStore store = open()) {
            DeviceEngine engine = started(store);
            ChannelId talking = idOf(engine, "talking");
            engine.handle(new DeviceEvent.SendText(1, talking, "and on"), new Now(1_800_000_000_001L, 2));
            assertThat(engine.pending(talking))
                    .extracting(Message::body)
                    .hasSize(2)
                    .endsWith(new MessageBody.Text("and on"));
        }
        try (ProfileStore store = open()) {
            DeviceEngine engine = started(store);
            assertThat(engine.pending(idOf(engine, "talking"))).hasSize(2);
        }
    }

    @Test
    @DisplayName("has its rows of what is under way in one form afterwards, and no proof of what it had read")
    void rows() throws ClientException, InvalidProtocolBufferException {
        try (ProfileStore store = open()) {
            DeviceEngine engine = started(store);
            List<StoredOutgoing> waiting = new ArrayList<>();
            for (byte[] row : all(store, DeviceTable.OUTGOING)) {
                waiting.add(StoredOutgoing.parseFrom(row));
            }
            assertThat(waiting)
                    .filteredOn(row -> row.getKind() == StoredOutgoingKind.MESSAGE)
                    .isNotEmpty()
                    .allSatisfy(row -> {
                        assertThat(row.getMessage().hasSaid()).isTrue();
                        assertThat(row.getBody().isEmpty()
                                        && row.getFrankingKey().isEmpty())
                                .isTrue();
                        assertThat(row.getSealingsCount()).isPositive();
                        assertThat(row.getSealedHashesCount()).isZero();
                    });
            for (byte[] row : all(store, DeviceTable.PIN)) {
                assertThat(StoredPin.parseFrom(row).getKeysCount()).isPositive();
            }
            Message old = engine.history(idOf(engine, "talking"), 0, 1_000).stream()
                    .filter(message -> message.body() instanceof MessageBody.Text)
                    .findFirst()
                    .orElseThrow();
            assertThat(engine.evidence(old.channel(), old.id().orElseThrow())).isEqualTo(Optional.empty());
        }
    }

    private static List<byte[]> all(DeviceStore store, DeviceTable table) {
        List<byte[]> rows = new ArrayList<>();
        store.scan(table, Bytes.EMPTY, Bytes.ofHex("ff".repeat(80)), (key, row) -> {
            rows.add(row);
            return true;
        });
        return rows;
    }
}
