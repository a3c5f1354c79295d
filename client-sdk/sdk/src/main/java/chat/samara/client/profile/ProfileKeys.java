package chat.samara.client.profile;

import chat.samara.client.profile.tree.SealedTree;
import chat.samara.client.refusal.ClientException;
import chat.samara.mls.crypto.PasswordHash;
import chat.samara.mls.crypto.RandomSource;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;

/**
 * What opens a profile: the data key, held in the header's slots. Every change of the header replaces it as a whole, so that at any moment one
 * passphrase opens the profile.
 */
final class ProfileKeys {
    private final RandomSource random;
    private final PasswordHash cost;
    private ProfileHeader header;
    private PassphraseSlot slot;

    /** The first is the profile's, or will be; another is there while it is being changed. */
    private List<byte[]> dataKeys;

    private ProfileKeys(
            RandomSource random, PasswordHash cost, ProfileHeader header, PassphraseSlot slot, List<byte[]> dataKeys) {
        this.random = random;
        this.cost = cost;
        this.header = header;
        this.slot = slot;
        this.dataKeys = dataKeys;
    }

    /** For a new profile; not written yet. */
    static ProfileKeys make(byte[] passphrase, PasswordHash cost, RandomSource random) {
        PassphraseSlot slot = PassphraseSlot.make(passphrase, cost, random);
        List<byte[]> dataKeys = List.of(random.bytes(SealedTree.DATA_KEY_BYTES));
        ProfileHeader header = ProfileHeader.of(List.of(slot.wrap(dataKeys, random)));
        return new ProfileKeys(random, cost, header, slot, dataKeys);
    }

    /** Of the profile with this header. Refused with WRONG_PASSPHRASE or PROFILE_DAMAGED. */
    static ProfileKeys unlock(ProfileHeader header, byte[] passphrase, PasswordHash cost, RandomSource random)
            throws ClientException {
        PassphraseSlot slot = PassphraseSlot.of(header.passphraseSlot(), passphrase);
        return new ProfileKeys(random, cost, header, slot, slot.unwrap(header.passphraseSlot()));
    }

    ProfileHeader header() {
        return header;
    }

    List<byte[]> dataKeys() {
        return dataKeys;
    }

    /** After the profile was opened: ends a change of the data key that was cut off, and raises what a guess of the passphrase costs and the header's version. */
    void bringUpToDate(ProfileFolder files, byte[] passphrase) throws IOException {
        boolean cheap = slot.cheaperThan(cost);
        if (!cheap && dataKeys.size() == 1 && !header.behind()) {
            return;
        }
        if (cheap) {
            slot.erase();
            slot = PassphraseSlot.make(passphrase, cost, random);
        }
        keepFirst(files);
    }

    /**
     * Another passphrase, and with it another data key: who had the old passphrase and a copy of the old header opens nothing that is written from now on,
     * nor what is in the file now. Slots of other kinds hold the old key and are dropped.
     *
     * <p>Until the header is replaced the old passphrase opens the profile, from then on the new one; in between it holds both data keys.
     */
    void change(ProfileFolder files, SealedTree tree, byte[] newPassphrase) throws IOException {
        PassphraseSlot newSlot = PassphraseSlot.make(newPassphrase, cost, random);
        byte[] newKey = random.bytes(SealedTree.DATA_KEY_BYTES);
        List<byte[]> both = List.of(newKey, dataKeys.get(0));
        ProfileHeader between = ProfileHeader.of(List.of(newSlot.wrap(both, random)));
        files.writeHeader(between);
        header = between;
        slot.erase();
        slot = newSlot;
        dataKeys = both;
        tree.rekey(newKey);
        keepFirst(files);
    }

    /** The tree is under the first data key alone: the header forgets any other. */
    private void keepFirst(ProfileFolder files) throws IOException {
        List<byte[]> first = List.of(dataKeys.get(0));
        ProfileHeader next = header.withPassphraseSlot(slot.wrap(first, random));
        files.writeHeader(next);
        header = next;
        dataKeys.subList(1, dataKeys.size()).forEach(key -> Arrays.fill(key, (byte) 0));
        dataKeys = first;
    }

    void erase() {
        slot.erase();
        dataKeys.forEach(key -> Arrays.fill(key, (byte) 0));
    }
}
