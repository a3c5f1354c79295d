package chat.samara.systemtests.sim.adversary;

import chat.samara.systemtests.sim.oracle.Happening;
import chat.samara.wire.proto.Entries;
import chat.samara.wire.proto.Handshakes;
import chat.samara.wire.proto.LogEntry;
import chat.samara.wire.proto.Provisional;
import chat.samara.wire.proto.ServerFrame;
import chat.samara.wire.proto.SignedHead;
import com.google.protobuf.ByteString;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/** Lies about what stands in a log: entries, heads, handshakes, and what has no place in it yet. */
final class LogLies {
    private final Loot loot;

    LogLies(Loot loot) {
        this.loot = loot;
    }

    List<Lie> all() {
        return List.of(
                new Lie(
                        Happening.LIE_ENTRIES_WITHHELD,
                        (victim, frame) -> frame.hasEntries() ? Lie.nothing() : Optional.empty()),
                new Lie(Happening.LIE_ENTRIES_REPEATED, this::repeated),
                new Lie(Happening.LIE_ENTRIES_REORDERED, LogLies::reordered),
                new Lie(Happening.LIE_ENTRY_CHANGED, LogLies::changed),
                new Lie(Happening.LIE_GAP, LogLies::gap),
                new Lie(
                        Happening.LIE_HEAD_WITHHELD,
                        (victim, frame) -> frame.getEntries().hasHead()
                                ? Lie.instead(with(
                                        frame, frame.getEntries().toBuilder().clearHead()))
                                : Optional.empty()),
                new Lie(Happening.LIE_HEAD_OLD, this::oldHead),
                new Lie(Happening.LIE_HANDSHAKES, LogLies::handshakes),
                new Lie(Happening.LIE_PROVISIONAL, this::provisional));
    }

    private static ServerFrame.Builder with(ServerFrame frame, Entries.Builder entries) {
        return frame.toBuilder().setEntries(entries);
    }

    /** What was true once is said again, behind the truth. */
    private Optional<List<ServerFrame>> repeated(Victim victim, ServerFrame frame) {
        List<Entries> old = loot.entriesTo(victim.host());
        if (!frame.hasEntries() || old.isEmpty()) {
            return Optional.empty();
        }
        ServerFrame again =
                ServerFrame.newBuilder().setEntries(victim.seed().pick(old)).build();
        return Optional.of(victim.seed().chance(0.5) ? List.of(frame, again) : List.of(again, frame));
    }

    private static Optional<List<ServerFrame>> reordered(Victim victim, ServerFrame frame) {
        if (!frame.hasEntries()) {
            return Optional.empty();
        }
        if (frame.getEntries().getEntriesCount() > 1) {
            List<LogEntry> entries = new ArrayList<>(frame.getEntries().getEntriesList());
            Collections.swap(entries, 0, 1 + victim.seed().below(entries.size() - 1));
            return Lie.instead(
                    with(frame, frame.getEntries().toBuilder().clearEntries().addAllEntries(entries)));
        }
        return victim.holdBack(frame) ? Lie.nothing() : Optional.empty();
    }

    /** Only beside the hub's word for what stands there: without it a device would have to take it, until it hears better. */
    private static Optional<List<ServerFrame>> changed(Victim victim, ServerFrame frame) {
        int count = frame.getEntries().getEntriesCount();
        if (count == 0 || !frame.getEntries().hasHead()) {
            return Optional.empty();
        }
        int which = victim.seed().below(count);
        LogEntry entry = frame.getEntries().getEntries(which);
        LogEntry other = entry.toBuilder()
                .setEntry(Bits.flipped(entry.getEntry(), victim.seed()))
                .build();
        return Lie.instead(with(frame, frame.getEntries().toBuilder().setEntries(which, other)));
    }

    private static Optional<List<ServerFrame>> gap(Victim victim, ServerFrame frame) {
        int count = frame.getEntries().getEntriesCount();
        if (count < 2) {
            return Optional.empty();
        }
        List<LogEntry> rest =
                frame.getEntries().getEntriesList().subList(1 + victim.seed().below(count - 1), count);
        return Lie.instead(
                with(frame, frame.getEntries().toBuilder().clearEntries().addAllEntries(rest)));
    }

    /** The log ends where it once ended, says the hub, long ago. */
    private Optional<List<ServerFrame>> oldHead(Victim victim, ServerFrame frame) {
        if (!frame.hasEntries()) {
            return Optional.empty();
        }
        List<SignedHead> heads = loot.heads(frame.getEntries().getChannelId());
        return heads.isEmpty()
                ? Optional.empty()
                : Lie.instead(with(
                        frame,
                        frame.getEntries().toBuilder().setHead(victim.seed().pick(heads))));
    }

    private static Optional<List<ServerFrame>> handshakes(Victim victim, ServerFrame frame) {
        if (!frame.hasHandshakes() || frame.getHandshakes().getEntriesCount() == 0) {
            return Optional.empty();
        }
        Handshakes.Builder handshakes = frame.getHandshakes().toBuilder();
        int which = victim.seed().below(handshakes.getEntriesCount());
        switch (victim.seed().below(4)) {
            case 0 -> handshakes.removeEntries(which);
            case 1 -> {
                ByteString entry = handshakes.getEntries(which).getEntry();
                handshakes.getEntriesBuilder(which).setEntry(Bits.flipped(entry, victim.seed()));
            }
            case 2 -> handshakes.addEntries(handshakes.getEntries(which));
            default -> handshakes.setMore(!handshakes.getMore());
        }
        return Lie.instead(frame.toBuilder().setHandshakes(handshakes));
    }

    private Optional<List<ServerFrame>> provisional(Victim victim, ServerFrame frame) {
        List<Provisional> seen = loot.provisionalTo(victim.host());
        if (frame.hasProvisional() && victim.seed().chance(0.5)) {
            return Lie.nothing();
        }
        if (seen.isEmpty() || !frame.hasEntries()) {
            return Optional.empty();
        }
        Provisional old = victim.seed().pick(seen);
        ServerFrame again = ServerFrame.newBuilder().setProvisional(old).build();
        return Optional.of(List.of(again, frame));
    }
}
