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
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/** Between what a message says beside its kind and the fields of a {@code ContentBody}. What comes from outside is checked, each field for itself. */
final class AttributesCodec {
    /** As RFC 5646 §2.1 forms a tag, without looking up what its parts mean. */
    private static final Pattern LANGUAGE = Pattern.compile("[A-Za-z0-9]{1,8}(-[A-Za-z0-9]{1,8})*");

    /** By these bits of a byte of UTF-8 it goes on with a character and begins none. */
    private static final int CONTINUES_MASK = 0xc0;

    private static final int CONTINUES = 0x80;

    private AttributesCodec() {}

    /**
     * Puts them into a body that is to be sent.
     *
     * @param text that mentions point into
     */
    static void write(ContentBody.Builder body, MessageAttributes attributes, String text) throws ContentException {
        attributes.replyTo().ifPresent(id -> body.setReplyTo(ref(id)));
        attributes.thread().ifPresent(id -> body.setThread(ref(id)));
        attributes
                .expires()
                .ifPresent(expiry -> body.setExpires(chat.samara.wire.proto.Expiry.newBuilder()
                        .setRelative(expiry.afterReading())
                        .setTime((int) expiry.seconds())));
        writeMentions(body, attributes.mentions(), text);
        if (attributes.language().isPresent()) {
            String tag = attributes.language().get();
            if (!isLanguage(tag)) {
                throw new ContentException(
                        RefusalCode.TEXT_INVALID,
                        "a language of " + tag.length() + " characters that is no tag of BCP 47, or longer than "
                                + Limits.LANGUAGE_CHARS_MAX);
            }
            body.setLanguage(tag);
        }
    }

    private static void writeMentions(ContentBody.Builder body, List<Mention> mentions, String text)
            throws ContentException {
        if (mentions.size() > MessageAttributes.MENTIONS_MAX) {
            throw new ContentException(
                    RefusalCode.TOO_LARGE,
                    mentions.size() + " members are mentioned, the most is " + MessageAttributes.MENTIONS_MAX);
        }
        byte[] utf8 = mentions.isEmpty() ? new byte[0] : text.getBytes(StandardCharsets.UTF_8);
        for (Mention mention : mentions) {
            if (!isIn(mention, utf8)) {
                throw new ContentException(
                        RefusalCode.TEXT_INVALID,
                        "a mention of " + mention.length() + " bytes at " + mention.start()
                                + ", expected it to begin and end between characters of the text, in bytes of its UTF-8");
            }
            body.addMentions(chat.samara.wire.proto.Mention.newBuilder()
                    .setUserId(mention.member().toString())
                    .setStart(mention.start())
                    .setLength(mention.length()));
        }
    }

    private static MessageRef ref(MessageId id) {
        return MessageRef.newBuilder()
                .setDevice(Protobuf.toByteString(id.device().bytes()))
                .setKey(Protobuf.toByteString(id.key().bytes()))
                .build();
    }

    /** Of a body from outside. What is malformed or over its bound is left out, and nothing else: a later version's bounds may be wider. */
    static MessageAttributes read(ContentBody body, String text) {
        return new MessageAttributes(
                body.hasReplyTo() ? id(body.getReplyTo()) : Optional.empty(),
                body.hasThread() ? id(body.getThread()) : Optional.empty(),
                body.hasExpires() ? expiry(body.getExpires()) : Optional.empty(),
                mentions(body, text),
                Optional.of(body.getLanguage()).filter(AttributesCodec::isLanguage));
    }

    private static Optional<MessageId> id(MessageRef ref) {
        try {
            return Optional.of(new MessageId(
                    DeviceId.fromWire("device", ref.getDevice()), IdempotencyKey.fromWire("key", ref.getKey())));
        } catch (RefusedException none) {
            return Optional.empty();
        }
    }

    private static Optional<Expiry> expiry(chat.samara.wire.proto.Expiry expiry) {
        return expiry.getTime() == 0
                ? Optional.empty()
                : Optional.of(new Expiry(expiry.getRelative(), Integer.toUnsignedLong(expiry.getTime())));
    }

    /** The first {@link MessageAttributes#MENTIONS_MAX}, and of those the ones that are in order. */
    private static List<Mention> mentions(ContentBody body, String text) {
        if (body.getMentionsCount() == 0) {
            return List.of();
        }
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        return body.getMentionsList().stream()
                .limit(MessageAttributes.MENTIONS_MAX)
                .flatMap(mention -> mention(mention, utf8).stream())
                .toList();
    }

    private static Optional<Mention> mention(chat.samara.wire.proto.Mention mention, byte[] utf8) {
        // Unsigned on the wire: what is above 2^31 comes as a negative number.
        if (mention.getStart() < 0 || mention.getLength() < 0) {
            return Optional.empty();
        }
        try {
            return Optional.of(
                            new Mention(UserId.fromWire(mention.getUserId()), mention.getStart(), mention.getLength()))
                    .filter(it -> isIn(it, utf8));
        } catch (RefusedException none) {
            return Optional.empty();
        }
    }

    /** Whether it names a part of the text, or nothing of it. */
    private static boolean isIn(Mention mention, byte[] utf8) {
        return mention.length() == 0
                || (mention.start() <= utf8.length
                        && mention.length() <= utf8.length - mention.start()
                        && isBetweenCharacters(utf8, mention.start())
                        && isBetweenCharacters(utf8, mention.start() + mention.length()));
    }

    private static boolean isBetweenCharacters(byte[] utf8, int at) {
        return at == utf8.length || (utf8[at] & CONTINUES_MASK) != CONTINUES;
    }

    private static boolean isLanguage(String tag) {
        return tag.length() <= Limits.LANGUAGE_CHARS_MAX
                && LANGUAGE.matcher(tag).matches();
    }
}
