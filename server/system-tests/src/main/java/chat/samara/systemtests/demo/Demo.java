package chat.samara.systemtests.demo;

import chat.samara.client.Sending;
import chat.samara.systemtests.demo.Conversation.Line;
import chat.samara.wire.identity.ServerName;
import chat.samara.wire.identity.UserId;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * The story: Berlin and Tunis run a server each and accept each other; Dawit (Berlin), Leila and Minh (Tunis) talk in one channel, whose
 * hub is Berlin; Berlin is killed while they talk, and comes back; Minh is removed. Dawit and Leila use the SDK in this process, Minh
 * the terminal client in processes of its own. What must then hold is in {@link Checks}.
 */
final class Demo {
    static final String CLIENT_ALPN = "samara-client/1";
    static final String PEER_ALPN = "samara-peer/1";

    private static final String PASSPHRASE = "seeds on the wind 1968";

    private final Path folder;
    private final Deadline deadline;
    private final Children children;
    private final Narrator narrator;
    private final Conversation conversation = Conversation.load();

    Demo(Path folder, Deadline deadline, Children children, Narrator narrator) {
        this.folder = folder;
        this.deadline = deadline;
        this.children = children;
        this.narrator = narrator;
    }

    /** Plays the story and checks it; returns whether everything holds. */
    boolean play() throws DemoFailure, InterruptedException, IOException {
        ServerProcess berlin = new ServerProcess("berlin.example", folder.resolve("berlin"), deadline, children);
        ServerProcess tunis = new ServerProcess("tunis.example", folder.resolve("tunis"), deadline, children);
        startServers(berlin, tunis);
        peer(berlin, tunis);
        narrator.step("Three members join, each with a profile folder of their own");
        try (SdkMember dawit = SdkMember.join(profile("dawit"), PASSPHRASE, berlin.firstInvite(), "dawit", deadline);
                SdkMember leila =
                        SdkMember.join(profile("leila"), PASSPHRASE, tunis.firstInvite(), "leila", deadline)) {
            TerminalMember minh = joinOnTerminal("minh", tunis);
            Cast cast = new Cast(dawit, leila, minh);
            cast.all().forEach(member -> narrator.tell(member.user() + "  " + member.profile()));
            talk(cast, berlin);
            List<Member.Heard> minhAtRemoval = removeMinh(cast);
            stop(cast, berlin, tunis);
            Checks checks = new Checks(narrator, conversation, cast, minhAtRemoval);
            checks.conversation();
            checks.secrecy(List.of(berlin, tunis), folder);
        }
        return narrator.verdict();
    }

    /** Who takes part. */
    record Cast(SdkMember dawit, SdkMember leila, TerminalMember minh) {
        List<Member> all() {
            return List.of(dawit, leila, minh);
        }

        Optional<SdkMember> onSdk(Line line) {
            return List.of(dawit, leila).stream()
                    .filter(member -> member.name().equals(line.from()))
                    .findFirst();
        }
    }

    private Path profile(String name) {
        return folder.resolve("profiles").resolve(name);
    }

    private void startServers(ServerProcess berlin, ServerProcess tunis)
            throws DemoFailure, InterruptedException, IOException {
        narrator.step("Two servers start, each a process of its own with its own store");
        for (ServerProcess server : List.of(berlin, tunis)) {
            Duration took = server.start();
            narrator.tell("%s: process %d, ready after %s, reached by everybody through a recording proxy"
                    .formatted(server.name(), server.pid(), seconds(took)));
        }
    }

    private void peer(ServerProcess berlin, ServerProcess tunis) throws DemoFailure, InterruptedException, IOException {
        narrator.step("Their operators exchange links and accept each other");
        berlin.addPeer(tunis.peerLink());
        tunis.addPeer(berlin.peerLink());
        narrator.tell("samara server peer link, samara server peer add LINK, on both sides");
    }

    private TerminalMember joinOnTerminal(String name, ServerProcess server)
            throws DemoFailure, InterruptedException, IOException {
        UserId user = new UserId(name, new ServerName(server.name()));
        TerminalMember member = new TerminalMember(user, profile(name), PASSPHRASE, deadline, children);
        member.join(server.invite());
        return member;
    }

    private void talk(Cast cast, ServerProcess berlin) throws DemoFailure, InterruptedException, IOException {
        narrator.step("Dawit makes a channel on Berlin's server and adds Leila and Minh of Tunis");
        cast.dawit().createChannel(conversation.channelName());
        cast.dawit().add(cast.leila().user());
        cast.dawit().add(cast.minh().user());
        cast.leila().awaitChannel(conversation.channelName());
        narrator.tell("\"" + conversation.channelName() + "\"");

        narrator.step("They talk; Minh by `samara send`, his device is off in between");
        for (Line line : conversation.opening()) {
            sayOrdered(cast, line);
        }
        loseBerlin(cast, berlin);

        narrator.step("Everybody talks on");
        for (Line line : conversation.afterBerlinIsBack()) {
            sayOrdered(cast, line);
        }
    }

    private void sayOrdered(Cast cast, Line line) throws DemoFailure, InterruptedException {
        Optional<SdkMember> speaker = cast.onSdk(line);
        if (speaker.isPresent()) {
            long seq = speaker.get().awaitOrdered(speaker.get().send(line.text()));
            narrator.said(line.from(), line.text(), "at " + seq);
        } else {
            cast.minh().send(conversation.channelName(), line.text(), true);
            narrator.said(line.from(), line.text(), "ordered");
        }
    }

    /** Kills the hub while two messages are on their way to it, talks on without it, and starts it again. */
    private void loseBerlin(Cast cast, ServerProcess berlin) throws DemoFailure, InterruptedException, IOException {
        narrator.step("Berlin's server, the channel's hub, is killed (SIGKILL) while a message is on its way to it");
        List<Line> lines = conversation.whileBerlinIsDown();
        Map<Sending, SdkMember> onTheirWay = new LinkedHashMap<>();
        boolean isKilled = false;
        for (Line line : lines) {
            Optional<SdkMember> speaker = cast.onSdk(line);
            if (speaker.isPresent()) {
                Sending sending = speaker.get().send(line.text());
                onTheirWay.put(sending, speaker.get());
                if (!isKilled) {
                    berlin.kill();
                    isKilled = true;
                    narrator.tell("killed process " + berlin.pid());
                }
                if (speaker.get() == cast.leila()) {
                    speaker.get().awaitStored(sending);
                }
                narrator.said(line.from(), line.text(), sending.state().name().toLowerCase(Locale.ROOT));
            } else {
                cast.minh().send(conversation.channelName(), line.text(), false);
                narrator.said(line.from(), line.text(), "stored");
            }
        }
        checkProvisional(cast, lines);

        narrator.step("Berlin's server is started again on the same store");
        Duration took = berlin.start();
        narrator.tell("process %d, ready after %s".formatted(berlin.pid(), seconds(took)));
        long began = System.nanoTime();
        for (Map.Entry<Sending, SdkMember> sent : onTheirWay.entrySet()) {
            long unused = sent.getValue().awaitOrdered(sent.getKey());
        }
        int texts = conversation.opening().size() + lines.size();
        cast.dawit().awaitTexts(texts);
        cast.leila().awaitTexts(texts);
        narrator.tell("everything that was said in between is in the log, %s later"
                .formatted(seconds(Duration.ofNanos(System.nanoTime() - began))));
    }

    /** Tunis's members read each other while the hub is away. */
    private void checkProvisional(Cast cast, List<Line> lines) throws DemoFailure, InterruptedException {
        List<String> ofTunis = new ArrayList<>();
        for (Line line : lines) {
            if (line.from().equals("minh")) {
                cast.leila().awaitText(line.text());
                ofTunis.add(line.text());
            }
        }
        narrator.check(
                !ofTunis.isEmpty() && ofTunis.stream().allMatch(cast.leila()::isProvisional),
                "without the hub, Leila reads what Minh writes; her device marks it as provisional");
        List<String> minhReads =
                cast.minh().heard().stream().map(Member.Heard::text).toList();
        narrator.check(
                lines.stream()
                        .filter(line -> line.from().equals("leila"))
                        .allMatch(line -> minhReads.contains(line.text())),
                "without the hub, Minh reads what Leila writes");
    }

    /** Removes Minh, says what only the others may read, and returns what Minh's device had by then. */
    private List<Member.Heard> removeMinh(Cast cast) throws DemoFailure, InterruptedException {
        List<Member.Heard> before = cast.minh().heard();
        narrator.step("Dawit removes Minh, and they talk on without him");
        cast.dawit().remove(cast.minh().user());
        cast.leila().awaitRemovalOf(cast.minh().user());
        narrator.tell(cast.minh().user() + " is removed");
        for (Line line : conversation.afterTheRemoval()) {
            sayOrdered(cast, line);
        }
        int texts = conversation.all().size();
        cast.dawit().awaitTexts(texts);
        cast.leila().awaitTexts(texts);
        return before;
    }

    private void stop(Cast cast, ServerProcess berlin, ServerProcess tunis) throws DemoFailure, InterruptedException {
        narrator.step(
                "Minh's device asks once more; then both servers are stopped (SIGTERM), and everything is checked");
        TerminalMember.Ended refused = cast.minh()
                .trySend(conversation.channelName(), conversation.refused().text());
        cast.minh().fetch();
        narrator.check(
                refused.exitCode() != 0,
                "Minh's device is refused when it tries to send (exit code " + refused.exitCode() + ")");
        for (ServerProcess server : List.of(berlin, tunis)) {
            int exitCode = server.stop();
            narrator.check(exitCode == 0, server.name() + " stops cleanly (exit code " + exitCode + ")");
        }
    }

    static String seconds(Duration duration) {
        return String.format(Locale.ROOT, "%.1f s", duration.toMillis() / 1000.0);
    }
}
