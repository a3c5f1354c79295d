package chat.samara.mls.group;

import static chat.samara.mls.group.AppDataTest.assertRefused;
import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.mls.Limits;
import chat.samara.mls.MlsError;
import chat.samara.mls.MlsException;
import chat.samara.mls.SeededRandom;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.codec.TlsReader;
import chat.samara.mls.codec.TlsWriter;
import chat.samara.mls.component.ComponentId;
import chat.samara.mls.crypto.SignatureKeyPair;
import chat.samara.mls.extension.AppDataDictionary;
import chat.samara.mls.extension.Extension;
import chat.samara.mls.extension.RequiredCapabilities;
import chat.samara.mls.framing.Content;
import chat.samara.mls.framing.Sender;
import chat.samara.mls.proposal.Proposal;
import chat.samara.mls.proposal.ProposalOrRef;
import chat.samara.mls.tree.Capabilities;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** What an observer refuses of AppDataUpdate, AppEphemeral and app_data_dictionary (draft-ietf-mls-extensions). */
class AppDataRulesTest {
    private static final int ALICE = 0;
    private static final int BOB = 1;
    private static final Bytes ONE = Bytes.ofUtf8("one.");
    private static final Extension REQUIRED =
            new RequiredCapabilities(List.of(), List.of(Proposal.APP_DATA_UPDATE), List.of()).toExtension();
    private static final Extension FIRST_IS_ONE =
            AppDataDictionary.EMPTY.with(Notebook.FIRST, ONE).toExtension();

    private HostileGroup hostile;

    @BeforeEach
    void meet() throws MlsException {
        hostile = group(AppDataTest.CAPABILITIES);
    }

    private static HostileGroup group(Capabilities capabilities, Extension... extensions) throws MlsException {
        return new HostileGroup(7, List.of(extensions), new Notebook(), capabilities, "alice", "bob", "carol");
    }

    private static Proposal update(int componentId, Bytes update) {
        return new Proposal.AppDataUpdate(componentId, Optional.of(update));
    }

    private static Proposal removal(int componentId) {
        return new Proposal.AppDataUpdate(componentId, Optional.empty());
    }

    /** A commit by value without path, which none of these needs; and the same by a joiner. */
    private void assertListRefused(MlsError code, Proposal... proposals) throws MlsException {
        List<ProposalOrRef> list = HostileGroup.values(proposals);
        assertRefused(() -> hostile.group.verify(hostile.commit(BOB, list, Optional.empty())), code);
        SignatureKeyPair eve = hostile.newSigner();
        List<ProposalOrRef> joins = new ArrayList<>(HostileGroup.values(hostile.externalInit()));
        joins.addAll(list);
        byte[] external = hostile.externalCommit(eve, joins, Optional.of(hostile.joinerPath("eve", eve)));
        assertRefused(() -> hostile.group.verify(external), code);
    }

    private void assertProposalRefused(MlsError code, Proposal proposal) {
        assertRefused(() -> hostile.group.verify(hostile.propose(BOB, proposal)), code);
    }

    private void assertExtensionsRefused(HostileGroup in, MlsError code, Extension... extensions) throws MlsException {
        Proposal replacement = new Proposal.GroupContextExtensions(List.of(extensions));
        assertRefused(() -> in.group.verify(in.propose(BOB, replacement)), code);
        byte[] commit = in.commit(BOB, HostileGroup.values(replacement), Optional.of(in.anyPath(BOB)));
        assertRefused(() -> in.group.verify(commit), code);
    }

    @Test
    @DisplayName("of a component that the application does not know")
    void unknownComponent() throws MlsException {
        for (Proposal proposal : List.of(
                update(Notebook.UNKNOWN, ONE),
                removal(Notebook.UNKNOWN),
                new Proposal.AppEphemeral(Notebook.UNKNOWN, ONE))) {
            assertProposalRefused(MlsError.INVALID_PROPOSAL, proposal);
            assertListRefused(MlsError.INVALID_PROPOSAL, proposal);
        }
    }

    @Test
    @DisplayName("a removal where there is nothing")
    void removalOfNothing() throws MlsException {
        assertProposalRefused(MlsError.INVALID_PROPOSAL, removal(Notebook.FIRST));
        assertListRefused(MlsError.INVALID_PROPOSAL, removal(Notebook.FIRST));
    }

    @Test
    @DisplayName("a removal beside another change of the component, in either order")
    void removalBesideOthers() throws MlsException {
        hostile.accept(hostile.commit(ALICE, update(Notebook.FIRST, ONE)));
        Proposal update = update(Notebook.FIRST, ONE);
        Proposal removal = removal(Notebook.FIRST);
        assertListRefused(MlsError.INVALID_PROPOSAL_LIST, removal, update);
        assertListRefused(MlsError.INVALID_PROPOSAL_LIST, update, removal);
        assertListRefused(MlsError.INVALID_PROPOSAL_LIST, removal, removal);
        hostile.accept(hostile.commit(BOB, removal, update(Notebook.SECOND, ONE)));
        assertThat(hostile.group.appData(Notebook.FIRST)).isEmpty();
        assertThat(hostile.group.appData(Notebook.SECOND)).contains(ONE);
    }

    @Test
    @DisplayName("a change by two commits' worth of proposals, one sent and one in the commit")
    void removalByReference() throws MlsException {
        hostile.accept(hostile.commit(ALICE, update(Notebook.FIRST, ONE)));
        ProposalOrRef removal = hostile.sent(ALICE, removal(Notebook.FIRST));
        List<ProposalOrRef> list = List.of(removal, new ProposalOrRef.ByValue(update(Notebook.FIRST, ONE)));
        assertRefused(
                () -> hostile.group.verify(hostile.commit(BOB, list, Optional.empty())),
                MlsError.INVALID_PROPOSAL_LIST);
    }

    @Test
    @DisplayName(
            "updates that the component refuses, alone or among others; a single proposal is judged with its list only")
    void refusedByTheComponent() throws MlsException {
        Proposal nonsense = update(Notebook.FIRST, Notebook.NONSENSE);
        assertListRefused(MlsError.INVALID_PROPOSAL_LIST, nonsense);
        assertListRefused(MlsError.INVALID_PROPOSAL_LIST, update(Notebook.FIRST, ONE), nonsense);
        hostile.accept(hostile.propose(BOB, nonsense));
    }

    @Test
    @DisplayName("more data, or more updates, than there is room for")
    void limits() throws MlsException {
        assertListRefused(MlsError.LIMIT, update(Notebook.FIRST, Notebook.HUGE));
        Proposal[] many = Collections.nCopies(Limits.APP_DATA_UPDATES_MAX + 1, update(Notebook.FIRST, ONE))
                .toArray(Proposal[]::new);
        assertListRefused(MlsError.LIMIT, many);
        AppDataDictionary crowded = AppDataDictionary.EMPTY;
        for (int id = 0; id <= Limits.APP_COMPONENTS_MAX; id++) {
            crowded = crowded.with(0x8000 + id, Bytes.EMPTY);
        }
        assertExtensionsRefused(hostile, MlsError.LIMIT, crowded.toExtension());
    }

    @Test
    @DisplayName("an AppEphemeral that the component does not take")
    void refusedEphemeral() throws MlsException {
        Proposal nonsense = new Proposal.AppEphemeral(Notebook.FIRST, Notebook.NONSENSE);
        assertProposalRefused(MlsError.INVALID_PROPOSAL, nonsense);
        assertListRefused(MlsError.INVALID_PROPOSAL, nonsense);
    }

    @Test
    @DisplayName("each of them, where a member does not list it")
    void notListed() throws MlsException {
        hostile = group(Capabilities.of(List.of(Extension.APP_DATA_DICTIONARY), List.of()));
        for (Proposal proposal : List.of(update(Notebook.FIRST, ONE), new Proposal.AppEphemeral(Notebook.FIRST, ONE))) {
            assertProposalRefused(MlsError.UNSUPPORTED_PROPOSAL, proposal);
            assertListRefused(MlsError.UNSUPPORTED_PROPOSAL, proposal);
        }
        hostile = group(Capabilities.of(List.of(), List.of()).withProposals(AppDataTest.PROPOSALS));
        List<ProposalOrRef> list = HostileGroup.values(update(Notebook.FIRST, ONE));
        assertRefused(
                () -> hostile.group.verify(hostile.commit(BOB, list, Optional.empty())),
                MlsError.UNSUPPORTED_EXTENSION);
    }

    @Test
    @DisplayName("GroupContextExtensions that touch the data where AppDataUpdate is required of all")
    void otherWays() throws MlsException {
        assertExtensionsRefused(
                group(AppDataTest.CAPABILITIES, REQUIRED, FIRST_IS_ONE), MlsError.INVALID_PROPOSAL, REQUIRED);
        assertExtensionsRefused(
                group(AppDataTest.CAPABILITIES, REQUIRED), MlsError.INVALID_PROPOSAL, REQUIRED, FIRST_IS_ONE);
        assertExtensionsRefused(
                group(AppDataTest.CAPABILITIES, REQUIRED, FIRST_IS_ONE),
                MlsError.INVALID_PROPOSAL,
                AppDataDictionary.EMPTY.toExtension());
        HostileGroup others = group(AppDataTest.CAPABILITIES, REQUIRED, FIRST_IS_ONE);
        Proposal kept = new Proposal.GroupContextExtensions(List.of(FIRST_IS_ONE, REQUIRED));
        others.accept(others.commit(BOB, kept, update(Notebook.FIRST, ONE)));
        assertThat(others.group.appData(Notebook.FIRST)).contains(Bytes.concat(ONE, ONE));
    }

    @Test
    @DisplayName(
            "GroupContextExtensions that change the data of a component that the application knows; of others they may")
    void planted() throws MlsException {
        AppDataDictionary first = AppDataDictionary.EMPTY.with(Notebook.FIRST, ONE);
        assertExtensionsRefused(hostile, MlsError.INVALID_PROPOSAL, FIRST_IS_ONE);
        assertExtensionsRefused(group(AppDataTest.CAPABILITIES, FIRST_IS_ONE), MlsError.INVALID_PROPOSAL);
        assertExtensionsRefused(
                group(AppDataTest.CAPABILITIES, FIRST_IS_ONE),
                MlsError.INVALID_PROPOSAL,
                first.with(Notebook.FIRST, Bytes.EMPTY).toExtension());
        HostileGroup free = group(AppDataTest.CAPABILITIES, FIRST_IS_ONE);
        Extension unknownToo = first.with(Notebook.UNKNOWN, ONE).toExtension();
        free.accept(free.commit(BOB, new Proposal.GroupContextExtensions(List.of(REQUIRED, unknownToo))));
        assertThat(free.group.appData(Notebook.UNKNOWN)).contains(ONE);
    }

    @Test
    @DisplayName("a dictionary in the GroupContext that is not sorted, has a component twice, or is cut off")
    void malformed() throws MlsException {
        for (String hex : List.of("06800100800000", "06800000800000", "0480", "")) {
            Extension bad = new Extension(Extension.APP_DATA_DICTIONARY, Bytes.ofHex(hex));
            assertExtensionsRefused(hostile, MlsError.MALFORMED, bad);
            assertRefused(() -> group(AppDataTest.CAPABILITIES, bad), MlsError.MALFORMED);
        }
    }

    @Test
    @DisplayName("a group that frames its authenticated data, which this library does not")
    void safeAad() throws MlsException {
        Extension framed = AppDataDictionary.EMPTY
                .with(ComponentId.SAFE_AAD, new TlsWriter().vector16(List.of()).toBytes())
                .toExtension();
        assertExtensionsRefused(hostile, MlsError.UNSUPPORTED_EXTENSION, framed);
        assertRefused(() -> group(AppDataTest.CAPABILITIES, framed), MlsError.UNSUPPORTED_EXTENSION);
    }

    @Test
    @DisplayName("a component that the GroupContext requires and a member does not list")
    void requiredComponent() throws MlsException {
        byte[] commit = hostile.commit(
                BOB,
                HostileGroup.values(new Proposal.GroupContextExtensions(
                        List.of(AppDataDictionary.listing(List.of(Notebook.FIRST))))),
                Optional.of(hostile.anyPath(BOB)));
        assertRefused(() -> hostile.group.verify(commit), MlsError.UNSUPPORTED_EXTENSION);
    }

    @Test
    @DisplayName("from someone who asks to be added")
    void fromApplicant() throws MlsException {
        SignatureKeyPair eve = hostile.newSigner();
        for (Proposal proposal : List.of(update(Notebook.FIRST, ONE), new Proposal.AppEphemeral(Notebook.FIRST, ONE))) {
            byte[] message = hostile.message(new Sender.NewMemberProposal(), new Content.OfProposal(proposal), eve);
            assertRefused(() -> hostile.group.verify(message), MlsError.INVALID_SENDER);
        }
    }

    @Test
    @DisplayName("an operation that is none")
    void operations() throws MlsException {
        for (Proposal proposal : List.of(update(1, ONE), removal(0xffff), new Proposal.AppEphemeral(0, ONE))) {
            assertThat(TlsReader.decode(proposal.encode(), Proposal::readFrom)).isEqualTo(proposal);
        }
        for (String hex : List.of("0008f5a00000", "0008f5a003", "0008f5a0", "0008f5a00200")) {
            assertRefused(
                    () -> TlsReader.decode(Bytes.ofHex(hex).toByteArray(), Proposal::readFrom), MlsError.MALFORMED);
        }
    }

    @Test
    @DisplayName("whatever the order of a list, each component comes to what its own updates say, in their order")
    void anyOrder() throws MlsException {
        for (long seed = 1; seed <= 40; seed++) {
            Random random = new Random(seed);
            List<Proposal> list = new ArrayList<>();
            Bytes[] expected = {Bytes.EMPTY, Bytes.EMPTY};
            for (int i = 0; i < 1 + random.nextInt(12); i++) {
                int which = random.nextInt(2);
                Bytes update = Bytes.ofUtf8(i + ",");
                expected[which] = Bytes.concat(expected[which], update);
                list.add(update(which == 0 ? Notebook.FIRST : Notebook.SECOND, update));
                if (random.nextBoolean()) {
                    list.add(new Proposal.AppEphemeral(Notebook.SECOND, update));
                }
            }
            HostileGroup fresh = group(AppDataTest.CAPABILITIES);
            VerifiedCommit commit = (VerifiedCommit) fresh.accept(
                    fresh.commit(BOB, HostileGroup.values(list.toArray(Proposal[]::new)), Optional.empty()));
            assertThat(fresh.group.appData(Notebook.FIRST).orElse(Bytes.EMPTY))
                    .as("seed %d", seed)
                    .isEqualTo(expected[0]);
            assertThat(fresh.group.appData(Notebook.SECOND).orElse(Bytes.EMPTY))
                    .as("seed %d", seed)
                    .isEqualTo(expected[1]);
            assertThat(AppDataDictionary.inGroupContext(fresh.group.extensions()))
                    .as("seed %d", seed)
                    .isPresent();
            assertThat(commit.appDataUpdates().size() + commit.ephemeral().size())
                    .isEqualTo(list.size());
        }
    }

    @Test
    @DisplayName("a dictionary keeps its order, whatever is put into it and taken out")
    void dictionary() throws MlsException {
        for (long seed = 1; seed <= 40; seed++) {
            SeededRandom random = new SeededRandom(seed);
            AppDataDictionary dictionary = AppDataDictionary.EMPTY;
            java.util.TreeMap<Integer, Bytes> model = new java.util.TreeMap<>();
            for (int i = 0; i < 60; i++) {
                byte[] drawn = random.bytes(2);
                int id = drawn[0] & 0x1f;
                if (drawn[1] < 0) {
                    dictionary = dictionary.without(id);
                    model.remove(id);
                } else {
                    Bytes data = Bytes.of(drawn);
                    dictionary = dictionary.with(id, data);
                    model.put(id, data);
                }
            }
            List<AppDataDictionary.Entry> expected = model.entrySet().stream()
                    .map(entry -> new AppDataDictionary.Entry(entry.getKey(), entry.getValue()))
                    .toList();
            assertThat(dictionary.entries()).as("seed %d", seed).isEqualTo(expected);
            assertThat(TlsReader.decode(dictionary.encode(), AppDataDictionary::readFrom))
                    .as("seed %d", seed)
                    .isEqualTo(dictionary);
        }
    }
}
