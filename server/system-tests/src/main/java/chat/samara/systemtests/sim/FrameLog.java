package chat.samara.systemtests.sim;

import chat.samara.systemtests.sim.clock.Scheduler;
import chat.samara.systemtests.sim.network.End;
import chat.samara.systemtests.sim.network.Port;
import chat.samara.systemtests.sim.network.WireTap;
import chat.samara.wire.proto.ClientFrame;
import chat.samara.wire.proto.PeerFrame;
import chat.samara.wire.proto.ServerFrame;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.TextFormat;
import java.util.function.Consumer;

/** Prints the frames of one host, for whoever looks for a bug. No part of the trace, which is the same with and without. */
final class FrameLog implements WireTap {
    private static final int CHARACTERS_MAX = 240;

    private final String host;
    private final Scheduler scheduler;
    private final Consumer<String> out;

    FrameLog(String host, Scheduler scheduler, Consumer<String> out) {
        this.host = host;
        this.scheduler = scheduler;
        this.out = out;
    }

    @Override
    public void sent(End from, byte[] frame) {
        if (from.host().equals(host)) {
            line(" > ", from, from, frame);
        }
    }

    @Override
    public void delivered(End to, byte[] frame) {
        if (to.host().equals(host)) {
            line(" < ", to, to.other(), frame);
        }
    }

    private void line(String direction, End own, End sender, byte[] frame) {
        long elapsed = scheduler.elapsedMillis();
        String text;
        try {
            text = TextFormat.printer().emittingSingleLine(true).printToString(parse(sender, frame));
        } catch (InvalidProtocolBufferException e) {
            text = "cannot be parsed: " + e.getMessage();
        }
        out.accept(String.format(
                "%02d:%02d:%02d.%03d    %s%s%s %s",
                elapsed / 3_600_000,
                elapsed / 60_000 % 60,
                elapsed / 1000 % 60,
                elapsed % 1000,
                own,
                direction,
                own.remoteHost(),
                text.length() > CHARACTERS_MAX ? text.substring(0, CHARACTERS_MAX) + "…" : text));
    }

    private static Message parse(End sender, byte[] frame) throws InvalidProtocolBufferException {
        if (sender.port() == Port.PEER) {
            return PeerFrame.parseFrom(frame);
        }
        return sender.dialled() ? ClientFrame.parseFrom(frame) : ServerFrame.parseFrom(frame);
    }
}
