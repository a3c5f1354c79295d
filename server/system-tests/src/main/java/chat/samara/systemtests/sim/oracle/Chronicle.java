package chat.samara.systemtests.sim.oracle;

import chat.samara.client.channel.MessageState;
import chat.samara.client.device.Change;
import chat.samara.client.device.ClientEvent;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.proto.ErrorCode;
import chat.samara.wire.proto.Receipt;
import chat.samara.wire.proto.ReceiptStatus;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/** Counts what happened in a run. */
public final class Chronicle {
    private final Map<Happening, Long> counts = new EnumMap<>(Happening.class);
    private final Set<String> left = new HashSet<>();

    /** It happened once more. */
    public void count(Happening happening) {
        counts.merge(happening, 1L, Long::sum);
    }

    /** How often what happened; what never did is not in it. */
    public Map<Happening, Long> counts() {
        return new EnumMap<>(counts);
    }

    /** A device tells its application. */
    public void told(String host, ClientEvent event) {
        if (event instanceof ClientEvent.MessageReceived message
                && message.message().provisional()) {
            count(Happening.PROVISIONAL_READ);
        } else if (event instanceof ClientEvent.MessageStateChanged changed) {
            if (changed.state() == MessageState.REFUSED) {
                count(Happening.MESSAGE_REFUSED);
            } else if (changed.state() == MessageState.ORDERED && !changed.own()) {
                count(Happening.PROVISIONAL_ORDERED);
            }
        } else if (event instanceof ClientEvent.RemovedFromChannel removed) {
            count(Happening.REMOVED);
            left.add(key(host, removed.channel()));
        } else if (event instanceof ClientEvent.ChannelJoined joined && left.remove(key(host, joined.channel()))) {
            count(Happening.JOINED_AGAIN);
        } else if (event instanceof ClientEvent.ChangeSettled settled
                && settled.change() instanceof Change.Update
                && settled.refusal().isEmpty()) {
            count(Happening.KEYS_UPDATED);
        } else {
            ofProfiles(event);
            disbelieved(event);
        }
    }

    private void ofProfiles(ClientEvent event) {
        if (event instanceof ClientEvent.OldStateNoticed) {
            count(Happening.OLD_STATE_NOTICED);
        } else if (event instanceof ClientEvent.DeviceRenewed) {
            count(Happening.DEVICE_RENEWED);
        } else if (event instanceof ClientEvent.PlaceRegained) {
            count(Happening.PLACE_REGAINED);
        } else if (event instanceof ClientEvent.DeviceReplaced) {
            count(Happening.COPY_STOPPED);
        }
    }

    private void disbelieved(ClientEvent event) {
        if (event instanceof ClientEvent.WelcomeRefused) {
            count(Happening.WELCOME_DISBELIEVED);
        } else if (event instanceof ClientEvent.IdentityKeyChanged || event instanceof ClientEvent.IdentityKeysDiffer) {
            count(Happening.KEY_DISBELIEVED);
        } else if (event instanceof ClientEvent.LogWithheld) {
            count(Happening.GAP_NOTICED);
        } else if (event instanceof ClientEvent.MessageRenamed) {
            count(Happening.MESSAGE_RENAMED);
        } else if (event instanceof ClientEvent.PlaceLost) {
            count(Happening.PLACE_LOST);
        } else if (event instanceof ClientEvent.MemberBarred) {
            count(Happening.MEMBER_BARRED);
        }
    }

    /** A server answers a device. */
    public void answered(Receipt receipt) {
        if (receipt.getStatus() == ReceiptStatus.REJECTED) {
            if (receipt.getError().getCode() == ErrorCode.EPOCH_EXPIRED) {
                count(Happening.EPOCH_EXPIRED);
            } else if (receipt.getError().getCode() == ErrorCode.STALE_EPOCH) {
                count(Happening.COMMIT_RACE_LOST);
            }
        }
    }

    private static String key(String host, ChannelId channel) {
        return host + " " + channel;
    }
}
