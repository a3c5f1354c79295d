package chat.samara.server.node.run;

import chat.samara.server.core.admin.AdminCommand;
import chat.samara.server.core.admin.AdminResult;
import chat.samara.server.node.ahead.Turn;
import chat.samara.server.node.transport.Connection;
import chat.samara.wire.identity.ServerName;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** What other threads hand to the core's thread. */
sealed interface Input {
    record Opened(Connection connection) implements Input {}

    /**
     * A frame has come.
     *
     * @param ahead of one that brings KeyPackages: it is not for the core before these are verified
     */
    @SuppressWarnings("ArrayRecordComponent") // Handed over, never compared.
    record Frame(Connection connection, byte[] frame, Optional<Turn> ahead) implements Input {
        boolean isReady() {
            return ahead.isEmpty() || ahead.get().isOver();
        }

        /** Whether its sender had gone before it could be for the core, and nobody needs it. */
        boolean isDropped() {
            return ahead.isPresent() && ahead.get().isDropped();
        }
    }

    /** Part of a frame has come from another server. */
    record FrameBegun(Connection connection) implements Input {}

    /** The connection takes nothing more for the moment, or takes frames again: look at it. */
    record PressureChanged(Connection connection) implements Input {}

    /** The core goes on with what this peer has sent. In the lane of its connection: what that costs is owed as what comes there. */
    record GoOn(ServerName peer) implements Input {}

    record Closed(Connection connection) implements Input {}

    record DialFailed(String serverName, List<String> reasons) implements Input {}

    record Ask(AdminCommand command, CompletableFuture<AdminResult> answer) implements Input {}

    /**
     * Completed as soon as the core's thread comes round: a sign of life, if the disk has taken no longer than that for a batch, nobody waits for too long and what comes is
     * verified ahead.
     */
    record Probe(long diskPatienceMillis, CompletableFuture<Boolean> alive) implements Input {}

    record DiskFree(long bytes) implements Input {}

    /** The disk thread is done, or networks take more again: nothing but a reason to wake up. */
    record Wake() implements Input {}

    record Stop() implements Input {}
}
