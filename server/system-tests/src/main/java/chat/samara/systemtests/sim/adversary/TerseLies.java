package chat.samara.systemtests.sim.adversary;

import chat.samara.systemtests.sim.clock.Seed;
import chat.samara.wire.proto.ServerFrame;
import chat.samara.wire.proto.SlimEntry;
import chat.samara.wire.proto.TerseEntries;
import com.google.protobuf.ByteString;
import java.util.Optional;

/** Lies in what a frame leaves out: that it points to something else than what the device has. */
final class TerseLies {
    private TerseLies() {}

    /** A frame of which its device must find nothing but that it has to ask; empty for one of another form. */
    static Optional<ServerFrame> bent(Seed seed, ServerFrame frame) {
        if (!frame.hasTerseEntries()) {
            return Optional.empty();
        }
        TerseEntries.Builder bent = frame.getTerseEntries().toBuilder();
        int which = seed.below(bent.getEntriesCount());
        SlimEntry.Builder entry = bent.getEntriesBuilder(which);
        switch (seed.below(6)) {
            // As if it was its own, or one that it does not have.
            case 0 -> entry.clearDevice().clearPayload().clearMessage().clearLastSeen();
            case 1 -> entry.setIdempotencyKey(Bits.flipped(entry.getIdempotencyKey(), seed));
            case 2 -> entry.setAcceptedAfterMillis(entry.getAcceptedAfterMillis() + 1);
            case 3 -> bent.setFromSeq(bent.getFromSeq() + seed.below(3));
            case 4 ->
                bent.getHeadBuilder().setSignature(Bits.flipped(bent.getHead().getSignature(), seed));
            default -> bent.setChannelStart(ByteString.copyFrom(new byte[] {0, 0, 0, 0}));
        }
        return Optional.of(frame.toBuilder().setTerseEntries(bent).build());
    }
}
