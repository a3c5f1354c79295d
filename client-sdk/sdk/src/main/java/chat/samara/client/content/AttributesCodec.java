package chat.samara.client.content;

import chat.samara.client.channel.Expiry;
import chat.samara.client.channel.Mention;
import chat.samara.client.channel.MessageAttributes;
import chat.samara.client.channel.MessageId;
import chat.samara.client.refusal.RefusalCode;
import chat.samara.wire.RefusedException;
import chat.samara.wire.encoding.Protobuf;
import chat.samara.wire.identity.DeviceId;
import chat.samara.wire.identity.UserId;
import chat.samara.wire.log.IdempotencyKey;
import chat.samara.wire.proto.ContentBody;
import chat.samara.wire.proto.MessageRef;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/** Between what a message says beside its kind and the fields of a {@code ContentBody}. What comes from outside is checked, each field by its own bound. */
final class AttributesCodec {
    /** As RFC 5646 §2.1 forms a tag, without looking up what its parts mean. */
    private static final Pattern LANGUAGE = Pattern.compile("[A-Za-z0-9]{1,8}(-[A-Za-z0-9]{1,8})*");

    private AttributesCodec() {}

    /**
     * Puts them into a body that is to be sent.
     *
     * @param textBytes of the text that mentions point into
     */
    static void write(ContentBody.Builder body, MessageAttributes attributes, int textBytes) throws ContentException {
        attributes.replyTo().ifPresent(id -> body.setReplyTo(ref(id)));
        attributes.thread().ifPresent(id -> body.setThread(ref(id)));
        attributes
                .expires()
                .ifPresent(expiry -> body.setExpires(chat.samara.wire.proto.Expiry.newBuilder()
                        .setRelative(expiry.afterReading())
                        .setTime((int) expiry.seconds())));
        requireCount(attributes.mentions().size(), RefusalCode.TOO_LARGE);
        for (Mention mention : attributes.mentions()) {
            requireWithin(mention.start(), mention.length(), textBytes, RefusalCode.TEXT_INVALID);
            body.addMentions(chat.samara.wire.proto.Mention.newBuilder()
                    .setUserId(mention.member().toString())
                    .setStart(mention.start())
                    .setLength(mention.length()));
        }
        if (attributes.language().isPresent()) {
            requireLanguage(attributes.language().get(), RefusalCode.TEXT_INVALID);
            body.setLanguage(attributes.language().get());
        }
    }

    private static MessageRef ref(MessageId id) {
        return MessageRef.newBuilder()
                .setDevice(Protobuf.toByteString(id.device().bytes()))
                .setKey(Protobuf.toByteString(id.key().bytes()))
                .build();
    }

    /** Of a body from outside. */
    static MessageAttributes read(ContentBody body, int textBytes) throws ContentException {
        try {
            return new MessageAttributes(
                    body.hasReplyTo() ? Optional.of(id("reply_to", body.getReplyTo())) : Optional.empty(),
                    body.hasThread() ? Optional.of(id("thread", body.getThread())) : Optional.empty(),
                    body.hasExpires() ? Optional.of(expiry(body.getExpires())) : Optional.empty(),
                    mentions(body, textBytes),
                    language(body));
        } catch (RefusedException e) {
            throw new ContentException(String.valueOf(e.getMessage()), e);
        }
    }

    private static MessageId id(String field, MessageRef ref) throws RefusedException {
        return new MessageId(
                DeviceId.fromWire(field + ".device", ref.getDevice()),
                IdempotencyKey.fromWire(field + ".key", ref.getKey()));
    }

    private static Expiry expiry(chat.samara.wire.proto.Expiry expiry) throws ContentException {
        if (expiry.getTime() == 0) {
            throw new ContentException("an expiry of 0 seconds, expected at least 1");
        }
        return new Expiry(expiry.getRelative(), Integer.toUnsignedLong(expiry.getTime()));
    }

    private static List<Mention> mentions(ContentBody body, int textBytes) throws ContentException, RefusedException {
        requireCount(body.getMentionsCount(), RefusalCode.PROTOCOL);
        List<Mention> mentions = new ArrayList<>(body.getMentionsCount());
        for (chat.samara.wire.proto.Mention mention : body.getMentionsList()) {
            requireWithin(mention.getStart(), mention.getLength(), textBytes, RefusalCode.PROTOCOL);
            mentions.add(new Mention(UserId.fromWire(mention.getUserId()), mention.getStart(), mention.getLength()));
        }
        return mentions;
    }

    private static Optional<String> language(ContentBody body) throws ContentException {
        if (body.getLanguage().isEmpty()) {
            return Optional.empty();
        }
        requireLanguage(body.getLanguage(), RefusalCode.PROTOCOL);
        return Optional.of(body.getLanguage());
    }

    private static void requireCount(int mentions, RefusalCode code) throws ContentException {
        if (mentions > MessageAttributes.MENTIONS_MAX) {
            throw new ContentException(
                    code, mentions + " members are mentioned, the most is " + MessageAttributes.MENTIONS_MAX);
        }
    }

    private static void requireWithin(int start, int length, int textBytes, RefusalCode code) throws ContentException {
        // Unsigned on the wire: what is above 2^31 comes as a negative number.
        if (start < 0 || length < 0 || start > textBytes || length > textBytes - start) {
            throw new ContentException(
                    code,
                    "a mention of " + Integer.toUnsignedString(length) + " bytes at "
                            + Integer.toUnsignedString(start) + ", expected it within the " + textBytes
                            + " bytes of the text");
        }
    }

    private static void requireLanguage(String tag, RefusalCode code) throws ContentException {
        if (tag.length() > Limits.LANGUAGE_CHARS_MAX || !LANGUAGE.matcher(tag).matches()) {
            throw new ContentException(
                    code,
                    "a language of " + tag.length() + " characters that is no tag of BCP 47, or longer than "
                            + Limits.LANGUAGE_CHARS_MAX);
        }
    }
}
