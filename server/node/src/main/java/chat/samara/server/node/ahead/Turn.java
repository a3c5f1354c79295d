package chat.samara.server.node.ahead;

import chat.samara.wire.frame.BroughtKeyPackages;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** A frame that is not for the core yet. It ends once, whatever happens, and is the core's then. */
public final class Turn {
    private final String whose;
    private final Kind kind;
    private final byte[] frame;
    private final BooleanSupplier isGone;
    private final Runnable whenOver;
    private final AtomicReference<@Nullable Outcome> outcome = new AtomicReference<>();

    /** What there is to verify, from when it was looked at until it is for the core: many times as large as the frame. The verifying thread's only. */
    private @Nullable Signatures signatures;

    /** Who has sent a frame. */
    public enum Kind {
        MEMBER,
        PEER
    }

    /** How a turn ends. */
    enum Outcome {
        /** All was verified, or something refused. */
        VERIFIED,
        /** Not all was looked at: the core does it. */
        LEFT_TO_THE_CORE,
        /** Its sender was gone, so that nobody needs it. */
        DROPPED
    }

    Turn(String whose, Kind kind, byte[] frame, BooleanSupplier isGone, Runnable whenOver) {
        this.whose = whose;
        this.kind = kind;
        this.frame = frame;
        this.isGone = isGone;
        this.whenOver = whenOver;
    }

    /** Whether it is for the core now. Any thread. */
    public boolean isOver() {
        return outcome.get() != null;
    }

    /** Of what is over: whether its sender was gone by then, so that nobody needs it. Any thread. */
    public boolean isDropped() {
        return outcome.get() == Outcome.DROPPED;
    }

    /** Of what is over: whether all was verified that it brings, or something refused. Any thread. */
    public boolean isVerified() {
        return outcome.get() == Outcome.VERIFIED;
    }

    String whose() {
        return whose;
    }

    Kind kind() {
        return kind;
    }

    int frameBytes() {
        return frame.length;
    }

    boolean isGone() {
        return isGone.getAsBoolean();
    }

    /** The verifying thread. */
    @Nullable
    Signatures signatures() {
        return signatures;
    }

    /** Reads what the frame brings. The verifying thread. */
    Signatures look(Signatures.Checks checks) {
        Signatures found = new Signatures(
                kind == Kind.MEMBER ? BroughtKeyPackages.inClientFrame(frame) : BroughtKeyPackages.inPeerFrame(frame),
                checks);
        signatures = found;
        return found;
    }

    /** What was read is needed no more: the core reads the frame by itself. The verifying thread. */
    void forget() {
        signatures = null;
    }

    /** Ends it, unless it has ended, and tells so. Any thread. */
    void end(Outcome how) {
        if (outcome.compareAndSet(null, how)) {
            whenOver.run();
        }
    }
}
