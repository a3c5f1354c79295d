package chat.samara.cli.message;

import chat.samara.client.channel.ChannelState;
import chat.samara.client.channel.Message;
import chat.samara.client.channel.MessageBody;
import chat.samara.client.channel.MessageId;
import chat.samara.client.channel.MessageState;
import chat.samara.client.refusal.Refusal;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;

/** What {@code --json} prints of messages; the fields are documented in {@code README.md} beside this module. */
public final class MessageJson {
    private MessageJson() {}

    /** One place in a channel's history. */
    public static JsonLine of(Message message, ChannelState channel) {
        MessageBody body = message.body();
        JsonLine line = new JsonLine(type(body))
                .with("channel", message.channel().toString())
                .with("channel_name", channel.name())
                .with("seq", message.seq());
        message.id().ifPresent(id -> line.with("id", id(id)));
        message.sender().ifPresent(sender -> line.with("from", sender.toString()));
        line.with("own", message.own()).withTime("time", message.sentMillis()).with("state", state(message.state()));
        withRefusal(line, message.refusal());
        return withBody(line, body);
    }

    /** A message that was printed before has come further. */
    public static JsonLine stateChanged(
            ChannelState channel, MessageId id, MessageState state, OptionalLong seq, Optional<Refusal> refusal) {
        JsonLine line = new JsonLine("state")
                .with("channel", channel.id().toString())
                .with("channel_name", channel.name())
                .with("seq", seq)
                .with("id", id(id))
                .with("state", state(state));
        return withRefusal(line, refusal);
    }

    /** A message that was printed before goes on under another id. */
    public static JsonLine renamed(ChannelState channel, MessageId before, MessageId now) {
        return new JsonLine("renamed")
                .with("channel", channel.id().toString())
                .with("channel_name", channel.name())
                .with("id", id(now))
                .with("id_before", id(before));
    }

    /** Names a message: device and key, in hex. */
    public static String id(MessageId id) {
        return id.device() + "-" + id.key();
    }

    /** A state's name: {@code queued}, {@code stored}, {@code provisional}, {@code ordered}, {@code stable} or {@code refused}. */
    public static String state(MessageState state) {
        return state.name().toLowerCase(Locale.ROOT);
    }

    /** Why it does not come further, if that is known. */
    static JsonLine withRefusal(JsonLine line, Optional<Refusal> refusal) {
        refusal.ifPresent(
                refused -> line.with("refusal", refused.code().name()).with("refusal_text", refused.sentence()));
        return line;
    }

    private static String type(MessageBody body) {
        if (body instanceof MessageBody.Text) {
            return "text";
        } else if (body instanceof MessageBody.Profile) {
            return "channel_name";
        } else if (body instanceof MessageBody.Created) {
            return "created";
        } else if (body instanceof MessageBody.Joined) {
            return "joined";
        } else if (body instanceof MessageBody.MembersChanged) {
            return "members_changed";
        } else if (body instanceof MessageBody.DevicesChanged) {
            return "devices_changed";
        } else if (body instanceof MessageBody.RemovedHere) {
            return "removed_here";
        } else if (body instanceof MessageBody.Returned) {
            return "returned";
        } else if (body instanceof MessageBody.ReturnedHere) {
            return "returned_here";
        } else if (body instanceof MessageBody.MemberBarred) {
            return "member_barred";
        } else if (body instanceof MessageBody.IdentityKeyChanged) {
            return "identity_key_changed";
        } else if (body instanceof MessageBody.IdentityKeysDiffer) {
            return "identity_keys_differ";
        } else if (body instanceof MessageBody.LookAlike) {
            return "look_alike";
        } else if (body instanceof MessageBody.Unreadable) {
            return "unreadable";
        }
        return "unknown";
    }

    private static JsonLine withBody(JsonLine line, MessageBody body) {
        if (body instanceof MessageBody.Text text) {
            return line.with("text", text.text());
        } else if (body instanceof MessageBody.Unknown unknown) {
            return line.with("text", unknown.fallbackText());
        } else if (body instanceof MessageBody.Profile profile) {
            return line.with("name", profile.name()).with("topic", profile.topic());
        } else if (body instanceof MessageBody.MembersChanged change) {
            return line.with("added", List.copyOf(change.added())).with("removed", List.copyOf(change.removed()));
        } else if (body instanceof MessageBody.DevicesChanged change) {
            return line.with("members", List.copyOf(change.members()));
        } else if (body instanceof MessageBody.IdentityKeyChanged changed) {
            return line.with("member", changed.member().toString())
                    .with("key_before", changed.before().hex())
                    .with("key_now", changed.now().hex())
                    .with("accepted", changed.accepted());
        } else if (body instanceof MessageBody.IdentityKeysDiffer differ) {
            return line.with("member", differ.member().toString())
                    .with("key_before", differ.before().identityKey().hex())
                    .with("key_now", differ.now().identityKey().hex())
                    .with("before_seen", SeenKeyWords.json(differ.before().first()))
                    .with("now_seen", SeenKeyWords.json(differ.now().first()));
        } else if (body instanceof MessageBody.Returned returned) {
            return line.with("new_device_key", returned.underNewKey());
        } else if (body instanceof MessageBody.ReturnedHere returned) {
            return line.with("epoch_from", returned.fromEpoch()).with("epoch_to", returned.toEpoch());
        } else if (body instanceof MessageBody.MemberBarred barred) {
            return line.with("member", barred.member().toString()).with("accusers", barred.accusers());
        } else if (body instanceof MessageBody.LookAlike look) {
            return line.with("member", look.member().toString())
                    .with("known", look.known().toString());
        } else if (body instanceof MessageBody.Unreadable unreadable) {
            return line.with("reason", unreadable.reason().name())
                    .with("detail", unreadable.detail().sentence());
        }
        return line;
    }
}
