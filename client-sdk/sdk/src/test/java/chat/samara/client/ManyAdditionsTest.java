package chat.samara.client;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.client.channel.Addition;
import chat.samara.client.device.Outcome;
import chat.samara.client.refusal.ClientClosedException;
import chat.samara.client.refusal.Refusal;
import chat.samara.client.refusal.RefusalCode;
import chat.samara.mls.codec.Bytes;
import chat.samara.wire.identity.ServerName;
import chat.samara.wire.identity.UserId;
import chat.samara.wire.log.ChannelId;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@DisplayName("Who waits for many additions")
@Timeout(60)
class ManyAdditionsTest {
    private static final Refusal CLOSED = new Refusal(RefusalCode.CLOSED, "the client is closed");
    private static final Refusal REFUSED = new Refusal(RefusalCode.UNKNOWN_MEMBER, "nobody is called so");

    private final Map<UserId, CompletableFuture<Outcome>> ends = new LinkedHashMap<>();
    private final ConnectionWatch connection = new ConnectionWatch();

    private CompletableFuture<Outcome> asked(String name) {
        CompletableFuture<Outcome> end = new CompletableFuture<>();
        ends.put(member(name), end);
        return end;
    }

    private static UserId member(String name) {
        return new UserId(name, new ServerName("home.example"));
    }

    private List<Addition> await(long millis) throws InterruptedException {
        return new ManyAdditions(
                        ends,
                        Optional::empty,
                        () -> {
                            throw new ClientClosedException(CLOSED);
                        },
                        connection)
                .await(System.nanoTime() + millis * 1_000_000);
    }

    @Test
    @DisplayName("is told that those wait who were open when the client ended, and of the others how they ended before")
    void clientEnds() throws InterruptedException {
        asked("ada").complete(new Outcome.Changed(new ChannelId(Bytes.of(new byte[ChannelId.SIZE_BYTES])), 7));
        asked("bob").complete(new Outcome.Refused(REFUSED));
        CompletableFuture<Outcome> open = asked("carl");
        connection.end(CLOSED);
        open.complete(new Outcome.Refused(CLOSED));

        assertThat(await(10_000))
                .containsExactly(
                        new Addition(member("ada"), Addition.State.ADDED, Optional.empty()),
                        new Addition(member("bob"), Addition.State.REFUSED, Optional.of(REFUSED)),
                        new Addition(member("carl"), Addition.State.WAITS, Optional.of(CLOSED)));
    }

    @Test
    @DisplayName("is told that they wait where the client ends as it is asked why they do")
    void clientEndsMeanwhile() throws InterruptedException {
        CompletableFuture<Outcome> unused = asked("carl");

        assertThat(await(0))
                .singleElement()
                .satisfies(addition -> assertThat(addition.state()).isEqualTo(Addition.State.WAITS));
    }
}
