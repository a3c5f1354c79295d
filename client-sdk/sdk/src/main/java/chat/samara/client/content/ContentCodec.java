package chat.samara.client.content;

import chat.samara.client.channel.MessageAttributes;
import chat.samara.client.refusal.RefusalCode;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.crypto.RandomSource;
import chat.samara.wire.message.Franking;
import chat.samara.wire.proto.ChannelProfile;
import chat.samara.wire.proto.Content;
import chat.samara.wire.proto.ContentBody;
import chat.samara.wire.proto.Text;
import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;

/** Between what is said and the plain text of an MLS application message. */
public final class ContentCodec {
    private ContentCodec() {}

    /**
     * Composes a text.
     *
     * @throws ContentException if it is empty, longer than {@link chat.samara.wire.Limits.TEXT_BYTES_MAX}, or holds half of a surrogate pair
     */
    public static ComposedContent text(String text, long sentMillis, RandomSource random) throws ContentException {
        return text(text, MessageAttributes.NONE, sentMillis, random);
    }

    /**
     * Composes a text with what it says beside that.
     *
     * @throws ContentException as {@link #text(String, long, RandomSource)}; or if too many are mentioned, a mention is of no part of the text, or the language is no tag
     */
    public static ComposedContent text(String text, MessageAttributes attributes, long sentMillis, RandomSource random)
            throws ContentException {
        if (text.isEmpty()) {
            throw new ContentException(RefusalCode.TEXT_INVALID, "the text is empty, expected at least one character");
        }
        requireText("text", text, chat.samara.wire.Limits.TEXT_BYTES_MAX, "send it in parts");
        ContentBody.Builder body = ContentBody.newBuilder()
                .setSentTimeMillis(sentMillis)
                .setText(Text.newBuilder().setText(text));
        AttributesCodec.write(body, attributes, text);
        int bytes = body.build().getSerializedSize();
        if (bytes > Limits.CONTENT_BYTES_MAX - Limits.AROUND_BODY_BYTES_MAX) {
            throw new ContentException(
                    RefusalCode.TOO_LARGE,
                    "the text and all whom it mentions have " + bytes + " bytes, the most is "
                            + (Limits.CONTENT_BYTES_MAX - Limits.AROUND_BODY_BYTES_MAX) + "; mention fewer");
        }
        return composed(body.build(), random);
    }

    /** Composes a channel's profile; refused as {@link #text}, under its own limits. */
    public static ComposedContent profile(String name, String topic, long sentMillis, RandomSource random)
            throws ContentException {
        if (name.isBlank()) {
            throw new ContentException(
                    RefusalCode.TEXT_INVALID, "the channel's name is empty, expected at least one character");
        }
        requireText("channel's name", name, chat.samara.wire.Limits.CHANNEL_NAME_BYTES_MAX);
        requireText("channel's topic", topic, chat.samara.wire.Limits.CHANNEL_TOPIC_BYTES_MAX);
        ChannelProfile profile =
                ChannelProfile.newBuilder().setName(name).setTopic(topic).build();
        return composed(
                ContentBody.newBuilder()
                        .setSentTimeMillis(sentMillis)
                        .setFallbackText(name)
                        .setChannelProfile(profile)
                        .build(),
                random);
    }

    /** The other way round, for bytes from outside. */
    public static ReceivedContent open(byte[] packed) throws ContentException {
        ComposedContent content = unpack(packed);
        try {
            ContentBody body = ContentBody.parseFrom(content.body().arrayUnsafe());
            return read(content, body);
        } catch (InvalidProtocolBufferException e) {
            throw new ContentException("content that is no content.proto message", e);
        }
    }

    /** The franking key and what its tag commits to, unread. */
    static ComposedContent unpack(byte[] packed) throws ContentException {
        try {
            Content content = Content.parseFrom(ContentPacking.unpack(packed));
            if (content.getFrankingKey().size() != Franking.KEY_BYTES) {
                throw new ContentException("a franking key of "
                        + content.getFrankingKey().size() + " bytes, expected " + Franking.KEY_BYTES);
            }
            return new ComposedContent(
                    Bytes.wrapUnsafe(content.getFrankingKey().toByteArray()),
                    Bytes.wrapUnsafe(content.getBody().toByteArray()));
        } catch (InvalidProtocolBufferException e) {
            throw new ContentException("content that is no content.proto message", e);
        }
    }

    static byte[] pack(ComposedContent content) {
        return ContentPacking.pack(Content.newBuilder()
                .setFrankingKey(ByteString.copyFrom(content.frankingKey().asReadOnlyBuffer()))
                .setBody(ByteString.copyFrom(content.body().asReadOnlyBuffer()))
                .build()
                .toByteArray());
    }

    private static ComposedContent composed(ContentBody body, RandomSource random) {
        return new ComposedContent(
                Bytes.wrapUnsafe(random.bytes(Franking.KEY_BYTES)), Bytes.wrapUnsafe(body.toByteArray()));
    }

    private static ReceivedContent read(ComposedContent content, ContentBody body) throws ContentException {
        requireText("fallback text", body.getFallbackText(), Limits.FALLBACK_BYTES_MAX);
        if (body.hasText()) {
            requireText("text", body.getText().getText(), chat.samara.wire.Limits.TEXT_BYTES_MAX);
        }
        return new ReceivedContent(
                content.frankingKey(),
                content.body(),
                body.getSentTimeMillis(),
                kind(body),
                AttributesCodec.read(body, body.hasText() ? body.getText().getText() : body.getFallbackText()));
    }

    private static MessageContent kind(ContentBody body) throws ContentException {
        return switch (body.getKindCase()) {
            case TEXT -> new MessageContent.Text(body.getText().getText());
            case CHANNEL_PROFILE -> {
                ChannelProfile profile = body.getChannelProfile();
                requireText("channel's name", profile.getName(), chat.samara.wire.Limits.CHANNEL_NAME_BYTES_MAX);
                requireText("channel's topic", profile.getTopic(), chat.samara.wire.Limits.CHANNEL_TOPIC_BYTES_MAX);
                yield new MessageContent.Profile(profile.getName(), profile.getTopic());
            }
            case KIND_NOT_SET -> new MessageContent.Unknown(body.getFallbackText());
        };
    }

    private static void requireText(String what, String text, int bytesMax) throws ContentException {
        requireText(what, text, bytesMax, "it has to be shorter");
    }

    private static void requireText(String what, String text, int bytesMax, String remedy) throws ContentException {
        ByteBuffer encoded;
        try {
            encoded = StandardCharsets.UTF_8
                    .newEncoder()
                    .onMalformedInput(CodingErrorAction.REPORT)
                    .encode(CharBuffer.wrap(text));
        } catch (CharacterCodingException e) {
            throw new ContentException(
                    RefusalCode.TEXT_INVALID,
                    "the " + what + " holds half of a surrogate pair, expected well-formed Unicode",
                    e);
        }
        if (encoded.remaining() > bytesMax) {
            throw new ContentException(
                    RefusalCode.TOO_LARGE,
                    "the " + what + " has " + encoded.remaining() + " bytes of UTF-8, the most is " + bytesMax + "; "
                            + remedy);
        }
    }
}
