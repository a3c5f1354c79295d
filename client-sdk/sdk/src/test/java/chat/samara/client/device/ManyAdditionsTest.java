package chat.samara.client.device;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.client.device.Village.Resident;
import chat.samara.client.refusal.RefusalCode;
import chat.samara.wire.Refusal;
import chat.samara.wire.identity.ServerName;
import chat.samara.wire.identity.UserId;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.proto.ClientFrame;
import chat.samara.wire.proto.ErrorCode;
import chat.samara.wire.proto.RecordKind;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

@DisplayName("Of many who are added in one go")
class ManyAdditionsTest {
    private static final int MANY = 12;

    private final Village village = new Village(23);
    private final Resident alice = village.join("alice");
    private final List<Resident> many = new ArrayList<>();
    private final List<ClientFrame> commits = new ArrayList<>();
    private ChannelId channel;

    @BeforeEach
    void aChannel() {
        for (int i = 0; i < MANY; i++) {
            many.add(village.join("m" + i));
        }
        channel = alice.create("home town");
        village.server.check = (device, frame) -> noted(frame);
    }

    private Optional<Refusal> noted(ClientFrame frame) {
        if (isCommit(frame)) {
            commits.add(frame);
        }
        return Optional.empty();
    }

    private static boolean isCommit(ClientFrame frame) {
        return frame.hasSubmit() && frame.getSubmit().getKind() == RecordKind.COMMIT;
    }

    /** A device's certificate, which is in its KeyPackage, names its member. */
    private static boolean names(ClientFrame commit, Resident member) {
        return new String(commit.getSubmit().getPayload().toByteArray(), StandardCharsets.ISO_8859_1)
                .contains(member.user().toString());
    }

    /** The commands, by whom they add. */
    private Map<UserId, Long> addAll(List<UserId> members) {
        Map<UserId, Long> numbers = new TreeMap<>();
        List<DeviceEvent.OneOfMany> all = new ArrayList<>();
        for (UserId member : members) {
            long number = alice.nextCommand();
            numbers.put(member, number);
            all.add(new DeviceEvent.OneOfMany(number, member));
        }
        alice.command(new DeviceEvent.AddMembers(alice.nextCommand(), channel, all));
        village.settle();
        return numbers;
    }

    private List<UserId> users() {
        return many.stream().map(Resident::user).toList();
    }

    private List<UserId> members() {
        return alice.engine().members(channel).stream().map(it -> it.user()).toList();
    }

    private Outcome outcomeOf(Map<UserId, Long> numbers, UserId member) {
        return alice.outcome(Objects.requireNonNull(numbers.get(member)));
    }

    private RefusalCode codeOf(Map<UserId, Long> numbers, UserId member) {
        return ((Outcome.Refused) outcomeOf(numbers, member)).refusal().code();
    }

    @Test
    @DisplayName("all come in by one commit, and read what is said then")
    void oneCommit() {
        Map<UserId, Long> numbers = addAll(users());
        village.pass(1_000);
        assertThat(commits.size()).as("commits").isEqualTo(1);
        numbers.values().forEach(number -> assertThat(alice.outcome(number)).isInstanceOf(Outcome.Changed.class));
        alice.send(channel, "welcome");
        village.pass(1_000);
        for (Resident member : many) {
            assertThat(member.texts(channel)).as(member.name).containsExactly("welcome");
        }
    }

    @Test
    @DisplayName("one who is in already and one whom nobody knows hold up no other")
    void eachForItself() {
        alice.add(channel, many.get(0));
        village.pass(1_000);
        List<UserId> wanted = new ArrayList<>(users());
        UserId nobody = new UserId("nobody", alice.user().server());
        wanted.add(nobody);
        Map<UserId, Long> numbers = addAll(wanted);
        village.pass(2_000);
        assertThat(codeOf(numbers, many.get(0).user())).isEqualTo(RefusalCode.ALREADY_A_MEMBER);
        assertThat(codeOf(numbers, nobody)).isEqualTo(RefusalCode.UNKNOWN_MEMBER);
        assertThat(members()).hasSize(MANY + 1);
        assertThat(commits.size())
                .as("commits, that of the first addition included")
                .isEqualTo(2);
    }

    @Test
    @DisplayName("one who has no KeyPackages now is added when there are some, and the others before")
    void waitsForKeys() {
        UserId without = many.get(3).user();
        boolean[] hasKeys = {false};
        village.server.check = (device, frame) -> frame.hasClaimKeyPackages()
                        && frame.getClaimKeyPackages().getUserId().equals(without.toString())
                        && !hasKeys[0]
                ? Optional.of(Refusal.of(ErrorCode.NO_KEY_PACKAGE, "none"))
                : Optional.empty();
        addAll(users());
        village.pass(20_000);
        assertThat(members()).hasSize(MANY);
        assertThat(alice.engine().waitingChanges(channel)).singleElement().satisfies(waiting -> {
            assertThat(waiting.change()).isEqualTo(new Change.Add(without));
            assertThat(waiting.why().orElseThrow().code()).isEqualTo(RefusalCode.NO_KEY_PACKAGE);
        });
        hasKeys[0] = true;
        village.pass(Limits.NO_KEYS_RETRY_MILLIS + 1_000);
        assertThat(members()).contains(without);
    }

    @Test
    @DisplayName("one who has no KeyPackages is waited for through any number of short lives of the device")
    void waitsForKeysThroughRestarts() {
        Resident without = many.get(3);
        boolean[] hasKeys = {false};
        village.server.check = (device, frame) -> frame.hasClaimKeyPackages()
                        && frame.getClaimKeyPackages()
                                .getUserId()
                                .equals(without.user().toString())
                        && !hasKeys[0]
                ? Optional.of(Refusal.of(ErrorCode.NO_KEY_PACKAGE, "none"))
                : Optional.empty();
        addAll(List.of(without.user()));
        for (int life = 0; life < 2 * EngineConfig.standard().changeAttemptsMax(); life++) {
            alice.stop();
            alice.start();
            village.pass(1_000);
        }
        assertThat(alice.engine().waitingChanges(channel))
                .extracting(WaitingChange::change)
                .containsExactly(new Change.Add(without.user()));
        hasKeys[0] = true;
        village.pass(Limits.NO_KEYS_RETRY_MILLIS + 1_000);
        assertThat(members()).contains(without.user());
    }

    @Test
    @DisplayName("none waits for one whose server does not answer")
    void silentServer() {
        UserId sam = new UserId("sam", new ServerName("away.example"));
        village.server.check = (device, frame) -> {
            if (frame.hasClaimKeyPackages()
                    && frame.getClaimKeyPackages().getUserId().equals(sam.toString())) {
                throw new FakeServer.NoAnswer();
            }
            return noted(frame);
        };
        List<UserId> wanted = new ArrayList<>(List.of(sam));
        wanted.addAll(users());
        addAll(wanted);
        assertThat(members()).as("at once").hasSize(MANY + 1);
        assertThat(commits.size()).as("commits").isEqualTo(1);
    }

    @Test
    @DisplayName("nobody is looked for among all members again and again while claims have no answer")
    void costOfWaitingForClaims() {
        village.server.check = (device, frame) -> {
            if (frame.hasClaimKeyPackages()) {
                throw new FakeServer.NoAnswer();
            }
            return noted(frame);
        };
        addAll(users());
        long before = alice.engine().rosters(channel);
        for (int i = 0; i < 10; i++) {
            alice.send(channel, "text " + i);
        }
        assertThat(alice.engine().rosters(channel)).isEqualTo(before);
    }

    @Test
    @DisplayName(
            "where the hub takes none for whatever reason, they are tried more and more seldom, and none waits for ever")
    void noneIsTaken() {
        village.server.check = (device, frame) -> {
            Optional<Refusal> none = noted(frame);
            return isCommit(frame) && many.stream().anyMatch(member -> names(frame, member))
                    ? Optional.of(Refusal.of(ErrorCode.TOO_LARGE, "the channel is full"))
                    : none;
        };
        Map<UserId, Long> numbers = addAll(users());
        village.pass(2_000);
        assertThat(commits.size())
                .as("commits in the first two seconds: of 12, 12, 6 and 3, and then of one member each")
                .isLessThan(12);
        village.pass(600_000);
        numbers.values().forEach(number -> assertThat(alice.outcome(number)).isInstanceOf(Outcome.Refused.class));
        assertThat(alice.engine().waitingChanges(channel)).isEmpty();
    }

    @Test
    @DisplayName("where the hub takes none, a removal does not wait for that")
    void removalPassesRefusedAdditions() {
        alice.add(channel, many.get(0));
        village.pass(1_000);
        List<Resident> refused = many.subList(1, MANY);
        village.server.check = (device, frame) ->
                isCommit(frame) && refused.stream().anyMatch(member -> names(frame, member))
                        ? Optional.of(Refusal.of(ErrorCode.TOO_LARGE, "the channel is full"))
                        : Optional.empty();
        addAll(refused.stream().map(Resident::user).toList());
        village.pass(5_000);
        assertThat(alice.engine().waitingChanges(channel))
                .as("additions that wait")
                .isNotEmpty();
        assertThat(alice.outcome(alice.remove(channel, many.get(0)))).isInstanceOf(Outcome.Changed.class);
    }

    @Test
    @DisplayName("one whom the hub refuses keeps none of the others out")
    void oneIsRefused() {
        Resident refused = many.get(5);
        village.server.check = (device, frame) -> isCommit(frame) && names(frame, refused)
                ? Optional.of(Refusal.of(ErrorCode.TOO_LARGE, "it is in as many channels as it can be"))
                : noted(frame);
        Map<UserId, Long> numbers = addAll(users());
        village.pass(60_000);
        assertThat(members()).hasSize(MANY).doesNotContain(refused.user());
        assertThat(outcomeOf(numbers, refused.user())).isInstanceOf(Outcome.Refused.class);
        assertThat(alice.engine().waitingChanges(channel)).isEmpty();
    }

    @Test
    @DisplayName("one is taken back as long as the server has not taken the commit, and the others come in")
    void oneIsTakenBack() {
        boolean[] takes = {false};
        village.server.check = (device, frame) -> isCommit(frame) && !takes[0]
                ? Optional.of(new Refusal(ErrorCode.DISK_FULL, "not now", "", 0, 60_000))
                : noted(frame);
        addAll(users());
        UserId back = many.get(7).user();
        long command = alice.nextCommand();
        alice.command(new DeviceEvent.TakeBackChange(command, channel, new Change.Add(back)));
        village.settle();
        assertThat(alice.outcome(command)).isInstanceOf(Outcome.Done.class);
        takes[0] = true;
        village.pass(120_000);
        assertThat(members()).hasSize(MANY).doesNotContain(back);
    }

    @Test
    @DisplayName("all come in, though another has won the first race")
    void lostRaces() {
        addAll(users().subList(0, 1));
        village.pass(10_000);
        Resident rival = many.get(0);
        boolean[] takes = {false};
        village.server.check = (device, frame) -> isCommit(frame)
                        && device.equals(alice.engine().account().orElseThrow().device())
                        && !takes[0]
                ? Optional.of(new Refusal(ErrorCode.DISK_FULL, "not now", "", 0, 60_000))
                : noted(frame);
        Map<UserId, Long> numbers = addAll(users().subList(1, MANY));
        rival.command(new DeviceEvent.UpdateKeys(rival.nextCommand(), channel));
        takes[0] = true;
        village.pass(120_000);
        numbers.values().forEach(number -> assertThat(alice.outcome(number)).isInstanceOf(Outcome.Changed.class));
        assertThat(members()).hasSize(MANY + 1);
    }

    @TestFactory
    @DisplayName("all come in once, at whichever commit the power goes off")
    List<DynamicTest> crashes() {
        return CrashAtEachCommit.tests(MovingIn::new).toList();
    }

    /** Alice adds some in one go; and the power goes off. */
    private static final class MovingIn implements CrashAtEachCommit.Life {
        private final String at;
        private final Village village = new Village(29);
        private final Resident alice = village.join("alice");
        private final List<Resident> many = new ArrayList<>();
        private final ChannelId channel;

        MovingIn(String at) {
            this.at = at;
            for (int i = 0; i < 4; i++) {
                many.add(village.join("m" + i));
            }
            channel = alice.create("home town");
        }

        @Override
        public MemoryStore store() {
            return alice.store;
        }

        @Override
        public void live() {
            List<DeviceEvent.OneOfMany> all = new ArrayList<>();
            many.forEach(member -> all.add(new DeviceEvent.OneOfMany(alice.nextCommand(), member.user())));
            alice.command(new DeviceEvent.AddMembers(alice.nextCommand(), channel, all));
            village.pass(10_000);
            alice.send(channel, "welcome");
            village.pass(10_000);
        }

        @Override
        public void goOn() {
            alice.stop();
            alice.start();
            village.pass(120_000);
            boolean asked = !alice.engine().waitingChanges(channel).isEmpty()
                    || alice.engine().members(channel).size() > 1;
            if (!asked) {
                live();
            } else if (!alice.texts(channel).contains("welcome")
                    && !alice.pendingTexts(channel).contains("welcome")) {
                alice.send(channel, "welcome");
            }
            village.pass(120_000);
        }

        @Override
        public void check() {
            assertThat(alice.engine().members(channel)).as(at).hasSize(many.size() + 1);
            assertThat(alice.engine().waitingChanges(channel)).as(at).isEmpty();
            for (Resident member : many) {
                assertThat(member.texts(channel)).as(at + ", " + member.name).containsExactly("welcome");
            }
        }
    }
}
