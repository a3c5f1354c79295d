package chat.samara.systemtests.sim.oracle;

import chat.samara.wire.RefusedException;
import chat.samara.wire.frame.SlimEntries;
import chat.samara.wire.proto.ServerFrame;
import com.google.protobuf.InvalidProtocolBufferException;
import java.io.IOException;

/** What servers send to devices, with whole entries in place of slim ones. */
public final class ShownFrames {
    private ShownFrames() {}

    /** Reads a frame without checking what is in it. */
    public static ServerFrame parse(byte[] frame) throws InvalidProtocolBufferException {
        ServerFrame parsed = ServerFrame.parseFrom(frame);
        if (!parsed.hasEntries()) {
            return parsed;
        }
        try {
            return parsed.toBuilder()
                    .setEntries(SlimEntries.whole(parsed.getEntries()))
                    .build();
        } catch (RefusedException e) {
            throw new InvalidProtocolBufferException(new IOException(e));
        }
    }
}
