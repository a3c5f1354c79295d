package chat.samara.mls.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.mls.codec.Bytes;
import chat.samara.mls.codec.TlsWriter;
import chat.samara.mls.component.ComponentId;
import chat.samara.mls.extension.AppDataDictionary;
import chat.samara.mls.extension.Extension;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Whatever the bytes, decoding them allocates at most {@link Decoder#ALLOCATED_PER_INPUT_BYTE} times as much, plus a constant.
 * Encoding what was decoded is counted in.
 */
@DisplayName("No input makes a decoder allocate more than a small multiple of its size:")
class AllocationTest {
    private static final int BOMB_BYTES = 200_000;
    private static final String LEAF_BEFORE_CAPABILITIES = "00" + "00" + "000100";

    /** A leaf of empty fields for an Update, 14 bytes. */
    private static final String LEAF = LEAF_BEFORE_CAPABILITIES + "0000000000" + "02" + "00" + "00";

    private static Arguments bomb(String name, Decoder decoder, byte[] bytes) {
        return Arguments.of(name, decoder, bytes);
    }

    private static TlsWriter hex(String digits) {
        return new TlsWriter(BOMB_BYTES + 1000).raw(Bytes.ofHex(digits));
    }

    /** {@code items<V>}, one after the other. */
    private static byte[] repeated(String item) {
        return HexFormat.of().parseHex(item.repeat(2 * BOMB_BYTES / item.length()));
    }

    private static byte[] vector(String item) {
        return new TlsWriter(BOMB_BYTES + 8).opaque(repeated(item)).toByteArray();
    }

    /** 16-bit numbers, none of them like another. */
    private static byte[] distinct16() {
        TlsWriter numbers = new TlsWriter(1 << 17);
        for (int type = 0; type < 1 << 16; type++) {
            numbers.uint16(type);
        }
        return numbers.toByteArray();
    }

    private static byte[] distinctExtensions() {
        TlsWriter extensions = new TlsWriter(1 << 18);
        for (int type = 0; type < 1 << 16; type++) {
            extensions.uint16(type).uint8(0);
        }
        return new TlsWriter(1 << 18).opaque(extensions.toByteArray()).toByteArray();
    }

    private static byte[] leafWithCapabilities(byte[] each) {
        TlsWriter leaf = hex(LEAF_BEFORE_CAPABILITIES);
        for (int list = 0; list < 5; list++) {
            leaf.opaque(each);
        }
        return leaf.raw(Bytes.ofHex("020000")).toByteArray();
    }

    private static byte[] leafWithComponents(byte[] list) {
        Extension listing = AppDataDictionary.EMPTY
                .with(ComponentId.APP_COMPONENTS, new TlsWriter().opaque(list).toBytes())
                .toExtension();
        return hex(LEAF_BEFORE_CAPABILITIES + "0000000000" + "02")
                .vector(List.of(listing))
                .uint8(0)
                .toByteArray();
    }

    private static byte[] treeOf(byte[]... nodes) {
        TlsWriter all = new TlsWriter(BOMB_BYTES);
        for (byte[] node : nodes) {
            all.raw(node);
        }
        return new TlsWriter(BOMB_BYTES).opaque(all.toByteArray()).toByteArray();
    }

    private static byte[] leafNode() {
        return Bytes.ofHex("0101" + LEAF).toByteArray();
    }

    private static Arguments proposals(String name, String proposal) {
        return bomb(
                name,
                Decoder.COMMIT,
                new TlsWriter(BOMB_BYTES).raw(vector(proposal)).uint8(0).toByteArray());
    }

    static Stream<Arguments> commits() {
        return Stream.of(
                proposals("proposals by empty reference", "0200"),
                proposals("removals", "01000300000000"),
                proposals("empty external inits", "01000600"),
                proposals("empty extension lists", "01000700"),
                proposals("lists of one extension", "01000703f0a100"),
                proposals("empty PSK ids", "010004010000"),
                proposals("empty reinits", "010005000000000000"),
                proposals("empty updates of components", "010008000001" + "00"),
                proposals("removals of components' data", "010008000002"),
                proposals("empty ephemeral data", "0100090000" + "00"),
                proposals("empty leaves", "010002" + LEAF),
                proposals("empty key packages", "010001" + "0001000100" + LEAF + "0000"),
                bomb(
                        "empty path nodes",
                        Decoder.COMMIT,
                        hex("00" + "01" + LEAF).raw(vector("0000")).toByteArray()),
                bomb(
                        "empty ciphertexts",
                        Decoder.COMMIT,
                        hex("00" + "01" + LEAF)
                                .opaque(new TlsWriter()
                                        .uint8(0)
                                        .raw(vector("0000"))
                                        .toByteArray())
                                .toByteArray()));
    }

    static Stream<Arguments> trees() {
        byte[] manyLeaves = HexFormat.of().parseHex(("0101" + LEAF + "00").repeat(BOMB_BYTES / 17));
        byte[] sparse = HexFormat.of().parseHex(("0101" + LEAF + "000000").repeat(BOMB_BYTES / 19));
        byte[] blank = {0};
        byte[] leafType = {1, 1};
        byte[] unmerged = hex("0102" + "00" + "00").opaque(new byte[BOMB_BYTES]).toByteArray();
        return Stream.of(
                bomb("blank nodes", Decoder.RATCHET_TREE, vector("00")),
                bomb("blank nodes and a leaf", Decoder.RATCHET_TREE, treeOf(repeated("0000"), leafNode())),
                bomb(
                        "a leaf, blank nodes and a leaf",
                        Decoder.RATCHET_TREE,
                        treeOf(leafNode(), repeated("0000"), blank, leafNode())),
                bomb("small leaves", Decoder.RATCHET_TREE, treeOf(manyLeaves, leafNode())),
                bomb("every other leaf", Decoder.RATCHET_TREE, treeOf(sparse, leafNode())),
                bomb("unmerged leaves", Decoder.RATCHET_TREE, treeOf(leafNode(), unmerged, leafNode())),
                bomb(
                        "capabilities of all types in a tree",
                        Decoder.RATCHET_TREE,
                        treeOf(leafType, leafWithCapabilities(distinct16()))),
                bomb(
                        "all components in a tree",
                        Decoder.RATCHET_TREE,
                        treeOf(leafType, leafWithComponents(Arrays.copyOf(distinct16(), 60_000)))));
    }

    static Stream<Arguments> structs() {
        byte[] types = distinct16();
        return Stream.of(
                bomb("empty extensions of one type", Decoder.EXTENSIONS, vector("f0a100")),
                bomb("empty extensions of all types", Decoder.EXTENSIONS, distinctExtensions()),
                bomb(
                        "empty group secrets",
                        Decoder.WELCOME,
                        hex("0001").raw(vector("000000")).uint8(0).toByteArray()),
                bomb(
                        "PSK ids for a joiner",
                        Decoder.GROUP_SECRETS,
                        hex("0000").raw(vector("010000")).toByteArray()),
                bomb("capabilities of one type", Decoder.LEAF_NODE, leafWithCapabilities(repeated("f0a1"))),
                bomb("capabilities of all types", Decoder.LEAF_NODE, leafWithCapabilities(types)),
                bomb(
                        "required types",
                        Decoder.REQUIRED_CAPABILITIES,
                        new TlsWriter()
                                .opaque(types)
                                .opaque(types)
                                .opaque(types)
                                .toByteArray()),
                bomb("empty external senders", Decoder.EXTERNAL_SENDERS, vector("00000100")),
                bomb(
                        "padding",
                        Decoder.SEALED_CONTENT,
                        hex("01" + "00" + "00").raw(new byte[BOMB_BYTES]).toByteArray()));
    }

    /** Bombs inside messages. */
    static Stream<Arguments> wrapped() {
        byte[] tree = treeOf(repeated("0000"), leafNode());
        TlsWriter context = new TlsWriter()
                .uint16(1)
                .uint16(1)
                .opaque(Bytes.EMPTY)
                .uint64(0)
                .opaque(Bytes.EMPTY)
                .opaque(Bytes.EMPTY)
                .uint8(0);
        byte[] leaves = treeOf(HexFormat.of().parseHex(("0101" + LEAF + "00").repeat(BOMB_BYTES / 17)), leafNode());
        return Stream.of(
                bomb(
                        "a snapshot of small leaves",
                        Decoder.SNAPSHOT,
                        new TlsWriter(BOMB_BYTES)
                                .uint16(1)
                                .raw(context.toByteArray())
                                .opaque(Bytes.EMPTY)
                                .opaque(leaves)
                                .uint8(0)
                                .toByteArray()),
                bomb(
                        "a snapshot of blank nodes",
                        Decoder.SNAPSHOT,
                        new TlsWriter(BOMB_BYTES)
                                .uint16(1)
                                .raw(context.toByteArray())
                                .opaque(Bytes.EMPTY)
                                .opaque(tree)
                                .uint8(0)
                                .toByteArray()),
                bomb(
                        "a far node in a store",
                        Decoder.GROUP_STATE,
                        new TlsWriter()
                                .opaque(Bytes.ofUtf8("node/001ffffc"))
                                .opaque(Bytes.ofHex("01" + LEAF))
                                .toByteArray()),
                bomb(
                        "a far leaf in a store",
                        Decoder.GROUP_STATE,
                        new TlsWriter()
                                .opaque(Bytes.ofUtf8("past/0000000000000001/7fffffff"))
                                .opaque(Bytes.ofHex("01" + LEAF))
                                .toByteArray()),
                bomb(
                        "a gigabyte in four bytes",
                        Decoder.MLS_MESSAGE,
                        Bytes.ofHex("00010001bfffffff").toByteArray()),
                bomb(
                        "64 MiB in four bytes",
                        Decoder.MLS_MESSAGE,
                        Bytes.ofHex("0001000184000000").toByteArray()));
    }

    @ParameterizedTest(name = "{0}, as {1}")
    @MethodSource({"commits", "trees", "structs", "wrapped"})
    void bombIsBounded(String name, Decoder decoder, byte[] bytes) {
        DecoderProperties.check(decoder, bytes);
    }

    @ParameterizedTest(name = "any file of the corpus, as {0}")
    @EnumSource
    void corpusIsBounded(Decoder decoder) throws IOException {
        for (Decoder origin : Decoder.values()) {
            for (Path file : DecoderCorpusTest.files(origin)) {
                DecoderProperties.check(decoder, Files.readAllBytes(file));
            }
        }
    }

    @Test
    @DisplayName("a decoder that allocates more would be found")
    void wouldBeFound() {
        byte[] bomb = new byte[BOMB_BYTES];
        Decoder.Again wasteful = bytes -> new byte[65 * bytes.length + (17 << 10)];
        long allocated = DecoderProperties.allocatedBytes(wasteful, bomb);
        assertThat(allocated).isGreaterThan(Decoder.EXTENSIONS.allowedBytes(BOMB_BYTES));
        assertThat(Decoder.EXTENSIONS.allowedBytes(BOMB_BYTES)).isEqualTo(48L * BOMB_BYTES + (16 << 10));
    }
}
