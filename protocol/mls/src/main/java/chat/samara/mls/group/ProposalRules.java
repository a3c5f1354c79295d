package chat.samara.mls.group;

import chat.samara.mls.MlsError;
import chat.samara.mls.MlsException;
import chat.samara.mls.credential.AuthenticationService;
import chat.samara.mls.credential.CredentialEvent;
import chat.samara.mls.credential.PresentedCredential;
import chat.samara.mls.crypto.CipherSuite;
import chat.samara.mls.extension.AppDataDictionary;
import chat.samara.mls.extension.Extension;
import chat.samara.mls.extension.ExternalSender;
import chat.samara.mls.extension.RequiredCapabilities;
import chat.samara.mls.framing.Sender;
import chat.samara.mls.keypackage.KeyPackageIn;
import chat.samara.mls.proposal.Proposal;
import chat.samara.mls.schedule.GroupContext;
import chat.samara.mls.schedule.PreSharedKeyId;
import chat.samara.mls.tree.Capabilities;
import chat.samara.mls.tree.LeafNode;
import chat.samara.mls.tree.LeafNodeSource;
import chat.samara.mls.tree.LeafNodeValidation;
import chat.samara.mls.tree.RatchetTree;
import chat.samara.mls.tree.TreeRules;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * What makes one proposal invalid by itself (RFC 9420 §12.1), in the epoch in which it is sent. What makes a list of them
 * invalid is in {@link ProposalList}; what their sum must not do to the tree, in {@link TreeRules#checkMembers}.
 */
final class ProposalRules {
    private final RatchetTree tree;
    private final GroupContext context;
    private final AuthenticationService authentication;

    ProposalRules(RatchetTree tree, GroupContext context, AuthenticationService authentication) {
        this.tree = tree;
        this.context = context;
        this.authentication = authentication;
    }

    /**
     * As {@link #check}, of a proposal that stands in the commit itself; but for the signatures of an added KeyPackage, which
     * are verified together with those of the other Adds.
     */
    void checkByValue(SentProposal sent) throws MlsException {
        if (sent.proposal() instanceof Proposal.SelfRemove) {
            throw new MlsException(
                    MlsError.INVALID_PROPOSAL,
                    "a SelfRemove in a commit, expected it by reference only (draft-ietf-mls-extensions)");
        }
        boolean isFirstCommit = context.epoch() == 0 && sent.sender() instanceof Sender.Member;
        if (isFirstCommit
                && sent.proposal() instanceof Proposal.PreSharedKey psk
                && psk.psk() instanceof PreSharedKeyId.Resumption resumption
                && resumption.isLink()) {
            // RFC 9420 §11.2, §11.3: the initial commit of a successor or branch. Joiners verify what it is linked to.
            requireNonceLength(resumption);
        } else if (isForApplication(sent.proposal())) {
            // RFC 9420 §12.2: those whom the same commit removes need not support it. The list's rules know them, and
            // what data there are.
            checkApplication(sent.proposal());
        } else {
            checkButKeyPackageSigned(sent);
        }
    }

    /**
     * As {@link #checkByValue}, but for all that takes a signature: of what is added only the suite, and nothing of an Update, which a committer makes none of, nor
     * of extensions.
     */
    void checkButSignatures(SentProposal sent) throws MlsException {
        if (sent.proposal() instanceof Proposal.Add add) {
            requireSuite(add.keyPackage());
        } else if (!(sent.proposal() instanceof Proposal.Update)
                && !(sent.proposal() instanceof Proposal.GroupContextExtensions)) {
            checkByValue(sent);
        }
    }

    /** Refuses a proposal that is invalid, or of a type that this version does not take part in yet. */
    void check(SentProposal sent) throws MlsException {
        checkButKeyPackageSigned(sent);
        if (sent.proposal() instanceof Proposal.Add add) {
            add.keyPackage().requireSigned();
        }
    }

    private void checkButKeyPackageSigned(SentProposal sent) throws MlsException {
        Proposal proposal = sent.proposal();
        if (proposal instanceof Proposal.Add add) {
            checkAdd(add);
        } else if (proposal instanceof Proposal.Update update) {
            checkUpdate(sent.sender(), update);
        } else if (proposal instanceof Proposal.Remove remove) {
            checkRemove(remove);
        } else if (proposal instanceof Proposal.GroupContextExtensions extensions) {
            checkExtensions(extensions.extensions());
            requireSameAppData(extensions.extensions());
            requireAcceptedSenders(extensions.extensions());
        } else if (proposal instanceof Proposal.PreSharedKey preSharedKey) {
            checkPreSharedKey(preSharedKey.psk());
        } else if (proposal instanceof Proposal.ReInit reInit) {
            checkReInit(reInit);
        } else if (proposal instanceof Proposal.ExternalInit init) {
            checkExternalInit(sent.sender(), init);
        } else if (proposal instanceof Proposal.SelfRemove) {
            checkSelfRemove(sent.sender());
        } else if (proposal instanceof Proposal.Custom custom) {
            checkCustom(sent.sender(), custom);
        } else if (isForApplication(proposal)) {
            checkApplication(proposal);
            requireSupported(tree, proposal);
            requireRemovable(proposal);
        } else {
            throw new IllegalStateException("proposal type " + proposal.type() + ", expected one of those above");
        }
    }

    /** RFC 9420 §12.1.1, §10.1: the KeyPackage is valid, and for this group's version and suite. */
    private void checkAdd(Proposal.Add add) throws MlsException {
        KeyPackageIn keyPackage = add.keyPackage();
        requireSuite(keyPackage);
        keyPackage.requireValid(CredentialEvent.ADD, authentication);
    }

    private void requireSuite(KeyPackageIn keyPackage) throws MlsException {
        if (keyPackage.cipherSuite() != context.cipherSuite()) {
            throw new MlsException(
                    MlsError.INVALID_KEY_PACKAGE,
                    "a KeyPackage of suite " + keyPackage.cipherSuite() + ", expected the group's "
                            + context.cipherSuite() + " (RFC 9420 §10.1)");
        }
    }

    /** RFC 9420 §12.1.2, §7.3: the leaf is valid for an Update of its sender's. */
    private void checkUpdate(Sender sender, Proposal.Update update) throws MlsException {
        if (!(sender instanceof Sender.Member member)) {
            throw new MlsException(MlsError.INVALID_SENDER, "an Update by " + sender + ", expected a member");
        }
        Optional<LeafNode> old = tree.leaf(member.leafIndex());
        if (old.isEmpty()) {
            throw new MlsException(MlsError.INVALID_SENDER, "an Update by " + sender + ", which is blank");
        }
        LeafNode leaf = update.leafNode();
        leaf.requireSourceIn(LeafNodeSource.FromUpdate.class);
        TreeRules.checkReplacement(old.get(), leaf, authentication);
        LeafNodeValidation.requireValidReplacement(
                leaf, old.get(), tree.suite(), CredentialEvent.UPDATE, authentication);
        leaf.verifySignature(tree.suite(), context.groupId(), member.leafIndex());
    }

    /** RFC 9420 §12.1.3: the leaf is a member's. */
    private void checkRemove(Proposal.Remove remove) throws MlsException {
        if (tree.leaf(remove.removed()).isEmpty()) {
            throw new MlsException(
                    MlsError.INVALID_PROPOSAL,
                    "a Remove of leaf " + Integer.toUnsignedString(remove.removed())
                            + ", expected a member's (RFC 9420 §12.1.3)");
        }
    }

    /** RFC 9420 §12.1.4: a fresh nonce's length, and no usage but an application's; nor can an epoch that is still to come. */
    private void checkPreSharedKey(PreSharedKeyId id) throws MlsException {
        requireNonceLength(id);
        if (!(id instanceof PreSharedKeyId.Resumption resumption)) {
            return;
        }
        if (resumption.isLink()) {
            throw new MlsException(
                    MlsError.INVALID_PROPOSAL,
                    "a resumption PSK of usage " + resumption.usage() + ", expected " + PreSharedKeyId.USAGE_APPLICATION
                            + " (RFC 9420 §12.1.4)");
        }
        if (resumption.groupId().equals(context.groupId())
                && Long.compareUnsigned(resumption.epoch(), context.epoch()) > 0) {
            throw new MlsException(
                    MlsError.INVALID_PROPOSAL,
                    "the resumption PSK of epoch " + Long.toUnsignedString(resumption.epoch())
                            + ", expected one up to the present, " + Long.toUnsignedString(context.epoch()));
        }
    }

    private void requireNonceLength(PreSharedKeyId id) throws MlsException {
        int expected = tree.suite().hashBytes();
        if (id.nonce().size() != expected) {
            throw new MlsException(
                    MlsError.INVALID_PROPOSAL,
                    "a PSK nonce of " + id.nonce().size() + " bytes, expected " + expected + " (RFC 9420 §12.1.4)");
        }
    }

    /** RFC 9420 §12.1.5: no older version than the group's; and extensions that its successor can have. */
    private static void checkReInit(Proposal.ReInit reInit) throws MlsException {
        if (reInit.version() < Capabilities.MLS10) {
            throw new MlsException(
                    MlsError.INVALID_PROPOSAL,
                    "a ReInit to version " + reInit.version() + ", expected at least 1 (RFC 9420 §12.1.5)");
        }
        checkExtensions(reInit.extensions());
    }

    /** draft-ietf-mls-extensions: by a member, of a group whose members all take part in it (RFC 9420 §12.2). */
    private void checkSelfRemove(Sender sender) throws MlsException {
        if (!(sender instanceof Sender.Member)) {
            throw new MlsException(MlsError.INVALID_SENDER, "a SelfRemove by " + sender + ", expected a member");
        }
        requireSupported(tree, new Proposal.SelfRemove());
    }

    /** RFC 9420 §12.1.6, §12.2: "can only be used in that context", an external commit; and the group can open it. */
    private void checkExternalInit(Sender sender, Proposal.ExternalInit init) throws MlsException {
        if (!(sender instanceof Sender.NewMemberCommit)) {
            throw new MlsException(
                    MlsError.INVALID_PROPOSAL,
                    "an ExternalInit by " + sender + ", expected it in an external commit only (RFC 9420 §12.1.6)");
        }
        tree.suite().requireValidKemOutput(init.kemOutput());
    }

    /** RFC 9420 §12.2, §13.2: members alone send what RFC 9420 does not define, and only what all of them support. */
    private void checkCustom(Sender sender, Proposal.Custom custom) throws MlsException {
        if (!(sender instanceof Sender.Member)) {
            throw new MlsException(
                    MlsError.INVALID_PROPOSAL,
                    String.format("proposal type 0x%04x by %s, expected a member", custom.type(), sender));
        }
        requireSupported(tree, custom);
    }

    private static boolean isForApplication(Proposal proposal) {
        return proposal instanceof Proposal.Custom
                || proposal instanceof Proposal.AppDataUpdate
                || proposal instanceof Proposal.AppEphemeral;
    }

    /** draft-ietf-mls-extensions: the application knows the component, which takes the data of an AppEphemeral. */
    private void checkApplication(Proposal proposal) throws MlsException {
        if (proposal instanceof Proposal.AppDataUpdate update) {
            AppDataChanges.requireKnown(authentication.components(), update.componentId());
        } else if (proposal instanceof Proposal.AppEphemeral ephemeral) {
            boolean isTaken = AppDataChanges.requireKnown(authentication.components(), ephemeral.componentId())
                    .acceptsEphemeral(ephemeral.data());
            if (!isTaken) {
                throw new MlsException(
                        MlsError.INVALID_PROPOSAL,
                        String.format(
                                "an AppEphemeral that component 0x%04x does not take (draft-ietf-mls-extensions)",
                                ephemeral.componentId()));
            }
        }
    }

    /** draft-ietf-mls-extensions: what is to be removed from the GroupContext is there. */
    private void requireRemovable(Proposal proposal) throws MlsException {
        if (proposal instanceof Proposal.AppDataUpdate update && update.isRemoval()) {
            AppDataChanges.requireRemovable(
                    AppDataDictionary.inGroupContext(context.extensions()).orElse(AppDataDictionary.EMPTY),
                    update.componentId());
        }
    }

    /** {@link MlsError#UNSUPPORTED_PROPOSAL} for a type that not every member of the tree lists, nor is default (RFC 9420 §12.2). */
    static void requireSupported(RatchetTree tree, Proposal proposal) throws MlsException {
        if (!Capabilities.isDefaultProposal(proposal.type()) && !tree.census().allListProposal(proposal.type())) {
            throw new MlsException(
                    MlsError.UNSUPPORTED_PROPOSAL,
                    String.format(
                            "type 0x%04x, expected one that every member lists (RFC 9420 §12.2)", proposal.type()));
        }
    }

    /** RFC 9420 §12.1.7, §13.4: no type twice, and what MLS itself has to read is well-formed. */
    private static void checkExtensions(List<Extension> extensions) throws MlsException {
        Extension.requireDistinct(extensions);
        RequiredCapabilities.in(extensions);
        ExternalSender.in(extensions);
        AppDataDictionary.inGroupContext(extensions);
    }

    /**
     * draft-ietf-mls-extensions: where the group requires all to support AppDataUpdate, nothing else changes the data of components. Elsewhere, too, those of one that
     * the application knows change by the component's own rules only: any bytes could be planted otherwise.
     */
    private void requireSameAppData(List<Extension> extensions) throws MlsException {
        if (Extension.find(extensions, Extension.APP_DATA_DICTIONARY)
                .equals(Extension.find(context.extensions(), Extension.APP_DATA_DICTIONARY))) {
            return;
        }
        boolean isRequired = RequiredCapabilities.in(context.extensions())
                .filter(required -> required.proposals().contains(Proposal.APP_DATA_UPDATE))
                .isPresent();
        if (isRequired) {
            throw new MlsException(
                    MlsError.INVALID_PROPOSAL,
                    "GroupContextExtensions that change app_data_dictionary, expected AppDataUpdates"
                            + " (draft-ietf-mls-extensions)");
        }
        AppDataDictionary before =
                AppDataDictionary.inGroupContext(context.extensions()).orElse(AppDataDictionary.EMPTY);
        AppDataDictionary after = AppDataDictionary.inGroupContext(extensions).orElse(AppDataDictionary.EMPTY);
        Set<Integer> components = new TreeSet<>();
        before.entries().forEach(entry -> components.add(entry.componentId()));
        after.entries().forEach(entry -> components.add(entry.componentId()));
        for (int component : components) {
            boolean isKnown = authentication.components().find(component).isPresent();
            if (isKnown && !before.find(component).equals(after.find(component))) {
                throw new MlsException(
                        MlsError.INVALID_PROPOSAL,
                        String.format(
                                "GroupContextExtensions that change the data of component 0x%04x, expected an"
                                        + " AppDataUpdate",
                                component));
            }
        }
    }

    /** RFC 9420 §5.3.1: whoever is named as an external sender is validated when the list is new or another. */
    private void requireAcceptedSenders(List<Extension> extensions) throws MlsException {
        boolean isKnown = Extension.find(extensions, Extension.EXTERNAL_SENDERS)
                .equals(Extension.find(context.extensions(), Extension.EXTERNAL_SENDERS));
        if (!isKnown) {
            requireAcceptedSenders(extensions, tree.suite(), authentication);
        }
    }

    /** The credentials and keys of a GroupContext's external senders are valid (RFC 9420 §5.3.1, §12.1.8.1). */
    static void requireAcceptedSenders(
            List<Extension> extensions, CipherSuite suite, AuthenticationService authentication) throws MlsException {
        for (ExternalSender sender : ExternalSender.in(extensions)) {
            suite.requireValidSignatureKey(sender.signatureKey());
            LeafNodeValidation.requireAccepted(
                    new PresentedCredential(
                            sender.credential(),
                            sender.signatureKey(),
                            suite,
                            CredentialEvent.EXTERNAL_SENDER,
                            Optional.empty()),
                    authentication);
        }
    }
}
