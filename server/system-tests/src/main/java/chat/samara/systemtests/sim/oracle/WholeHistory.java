package chat.samara.systemtests.sim.oracle;

import chat.samara.client.channel.Message;
import chat.samara.client.device.DeviceEngine;
import chat.samara.wire.log.ChannelId;
import java.util.ArrayList;
import java.util.List;

/** All that a device shows of a channel's log: the pages that it gives, one after the other. */
public final class WholeHistory {
    private WholeHistory() {}

    public static List<Message> of(DeviceEngine engine, ChannelId channel) {
        List<Message> all = new ArrayList<>();
        long afterSeq = 0;
        List<Message> page = engine.history(channel, afterSeq, Integer.MAX_VALUE);
        while (!page.isEmpty()) {
            all.addAll(page);
            afterSeq = page.get(page.size() - 1).seq().orElseThrow();
            page = engine.history(channel, afterSeq, Integer.MAX_VALUE);
        }
        return all;
    }
}
