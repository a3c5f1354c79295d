package chat.samara.systemtests.demo;

import chat.samara.systemtests.demo.Conversation.Line;
import chat.samara.systemtests.demo.Demo.Cast;
import chat.samara.systemtests.demo.Member.Heard;
import chat.samara.systemtests.demo.PlainTextScanner.Find;
import chat.samara.systemtests.demo.PlainTextScanner.Result;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/** What must hold when the story is over. Each check says with numbers what was compared. */
final class Checks {
    private final Narrator narrator;
    private final Conversation conversation;
    private final Cast cast;
    private final List<Heard> minhAtRemoval;

    Checks(Narrator narrator, Conversation conversation, Cast cast, List<Heard> minhAtRemoval) {
        this.narrator = narrator;
        this.conversation = conversation;
        this.cast = cast;
        this.minhAtRemoval = minhAtRemoval;
    }

    /** I1 to I3 and I6, as the members see them. */
    void conversation() throws DemoFailure, InterruptedException {
        narrator.step("Checks: what the members have");
        List<Heard> dawit = cast.dawit().heard();
        List<Heard> leila = cast.leila().heard();
        List<Heard> minh = cast.minh().heard();
        onceEach(cast.dawit(), dawit, conversation.all());
        onceEach(cast.leila(), leila, conversation.all());
        onceEach(cast.minh(), minh, conversation.all().subList(0, beforeRemoval()));
        narrator.check(
                dawit.equals(leila) && isRising(dawit),
                "Dawit and Leila have the same " + dawit.size()
                        + " messages at the same places of the log, in the same order");
        narrator.check(
                !minh.isEmpty() && minh.size() <= dawit.size() && minh.equals(dawit.subList(0, minh.size())),
                "Minh has the first " + minh.size() + " of them, at the same places, in the same order");
        long toldTwice = cast.dawit().toldTwice() + cast.leila().toldTwice();
        narrator.check(
                toldTwice == 0,
                "the SDK told of each message of another member once: "
                        + cast.dawit().toldOf() + " to Dawit, "
                        + cast.leila().toldOf() + " to Leila (" + cast.leila().toldProvisionally()
                        + " of them before they were in the log)");
        List<String> complaints = List.of(cast.dawit(), cast.leila()).stream()
                .flatMap(member -> member.complaints().stream())
                .toList();
        narrator.check(complaints.isEmpty(), "nothing was unreadable and no key has changed" + listed(complaints));
        Set<String> minhTexts = minh.stream().map(Heard::text).collect(Collectors.toSet());
        long leaked = conversation.afterTheRemoval().stream()
                .filter(line -> minhTexts.contains(line.text()))
                .count();
        narrator.check(
                leaked == 0 && minh.equals(minhAtRemoval),
                "Minh's device has none of the "
                        + conversation.afterTheRemoval().size() + " messages after the removal, and nothing else new");
        narrator.check(cast.minh().wasToldOfRemoval(), "Minh's device says that it was removed");
    }

    private int beforeRemoval() {
        return conversation.all().size() - conversation.afterTheRemoval().size();
    }

    private void onceEach(Member member, List<Heard> heard, List<Line> expected) {
        int once = 0;
        for (Line line : expected) {
            long count = heard.stream()
                    .filter(message -> message.text().equals(line.text())
                            && message.from().startsWith(line.from() + "@")
                            && message.seq() > 0)
                    .count();
            once += count == 1 ? 1 : 0;
        }
        long letters = heard.stream()
                .filter(message -> message.text().getBytes(StandardCharsets.UTF_8).length >= 100_000)
                .count();
        narrator.check(
                once == expected.size() && heard.size() == expected.size() && letters == 1,
                "every message reached " + member.user() + " once, letter by letter the same: " + once + " of "
                        + expected.size() + ", the one of 100 KB among them");
    }

    private static boolean isRising(List<Heard> heard) {
        for (int i = 1; i < heard.size(); i++) {
            if (heard.get(i).seq() <= heard.get(i - 1).seq()) {
                return false;
            }
        }
        return !heard.isEmpty();
    }

    /** What the servers, the network and a thief of the devices' disks could have read. */
    void secrecy(List<ServerProcess> servers, Path folder) throws IOException {
        narrator.step("Checks: what the servers, the network and a thief could read");
        PlainTextScanner secrets = new PlainTextScanner(conversation.secrets());
        controls(secrets, servers, folder);
        for (ServerProcess server : servers) {
            report(server.name() + "'s data folder", secrets.scan(server.data()));
            report("the log that " + server.name() + " printed", secrets.scan(server.log()));
            report(
                    "the bytes on the wire to and from " + server.name() + ", "
                            + server.proxy().connections(Demo.CLIENT_ALPN) + " connections of devices and "
                            + server.proxy().connections(Demo.PEER_ALPN) + " of the other server",
                    secrets.scan(wire(server)));
        }
        Result profiles = secrets.scan(cast.dawit().profile())
                .plus(secrets.scan(cast.leila().profile()))
                .plus(secrets.scan(cast.minh().profile()));
        report("the members' profile folders, which are encrypted", profiles);
    }

    /** A scanner that finds nothing proves nothing, unless it is seen to find what is there. */
    private void controls(PlainTextScanner secrets, List<ServerProcess> servers, Path folder) throws IOException {
        PlainTextScanner members = new PlainTextScanner(
                cast.all().stream().map(member -> member.user().toString()).toList());
        PlainTextScanner hellos = new PlainTextScanner(List.of(hello(Demo.CLIENT_ALPN), hello(Demo.PEER_ALPN)));
        for (ServerProcess server : servers) {
            narrator.check(
                    !members.scan(server.data()).finds().isEmpty(),
                    "control: the same scan does find members' ids in " + server.name() + "'s data folder");
            narrator.check(
                    !hellos.scan(wire(server)).finds().isEmpty(),
                    "control: it does find the protocol's name in the recorded TLS hellos of " + server.name());
        }
        Path planted = Files.createDirectories(folder.resolve("planted"));
        int forms = 0;
        int found = 0;
        for (Line line : conversation.afterTheRemoval()) {
            String piece = "..." + line.text().substring(2);
            for (byte[] form : List.of(
                    piece.getBytes(StandardCharsets.UTF_8),
                    piece.getBytes(StandardCharsets.UTF_16LE),
                    java.util.Base64.getEncoder().encode(piece.getBytes(StandardCharsets.UTF_8)))) {
                Path file = planted.resolve(forms++ + ".bin");
                Files.write(file, form);
                found += secrets.scan(file).finds().size();
            }
        }
        narrator.check(
                found == forms,
                "control: it finds " + found + " of " + forms
                        + " pieces of messages that were planted in UTF-8, UTF-16 and Base64");
    }

    /** The ALPN extension's content (RFC 7301 §3.1): the list's length in two bytes, the name's in one, the name. */
    private static String hello(String alpn) {
        return "\0" + (char) (alpn.length() + 1) + (char) alpn.length() + alpn;
    }

    private static Path wire(ServerProcess server) {
        return server.data().resolveSibling("wire");
    }

    private void report(String where, Result result) {
        List<String> finds = result.finds().stream().map(Checks::describe).toList();
        boolean looked = result.files() > 0 && result.bytes() > 0;
        narrator.check(
                looked && finds.isEmpty(),
                String.format(
                                Locale.ROOT,
                                "no text and no channel name in %s (%d files, %,d KB)",
                                where,
                                result.files(),
                                result.bytes() / 1024)
                        + listed(finds));
    }

    private static String describe(Find find) {
        return find.file() + " at " + find.offset() + ": \"" + find.piece() + "\"";
    }

    private static String listed(List<String> finds) {
        return finds.isEmpty() ? "" : ": " + String.join("; ", finds.subList(0, Math.min(3, finds.size())));
    }
}
