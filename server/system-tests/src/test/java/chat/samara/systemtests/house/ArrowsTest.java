package chat.samara.systemtests.house;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("The arrows of DESIGN §2")
class ArrowsTest {
    private static JavaClasses classes = new ClassFileImporter().importPackages();

    @BeforeAll
    static void readClasses() {
        classes = new ClassFileImporter()
                .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                .importPackages("chat.samara");
    }

    private static void check(ArchRule rule) {
        rule.check(classes);
    }

    @Test
    @DisplayName("mls knows nothing of Samara")
    void mlsKnowsNothingOfSamara() {
        check(noClasses()
                .that()
                .resideInAPackage("chat.samara.mls..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "chat.samara.wire..",
                        "chat.samara.server..",
                        "chat.samara.client..",
                        "chat.samara.cli..",
                        "com.google.protobuf.."));
    }

    @Test
    @DisplayName("wire knows neither server nor client")
    void wireKnowsNeitherSide() {
        check(noClasses()
                .that()
                .resideInAPackage("chat.samara.wire..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("chat.samara.server..", "chat.samara.client..", "chat.samara.cli.."));
    }

    @Test
    @DisplayName("the server never depends on the client, and the client never on the server")
    void serverAndClientAreApart() {
        check(noClasses()
                .that()
                .resideInAPackage("chat.samara.server..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("chat.samara.client..", "chat.samara.cli.."));
        check(noClasses()
                .that()
                .resideInAnyPackage("chat.samara.client..", "chat.samara.cli..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("chat.samara.server.."));
    }

    @Test
    @DisplayName("the core has no sockets, disk, clock or threads, and does not know the node")
    void coreIsSansIo() {
        check(noClasses()
                .that()
                .resideInAPackage("chat.samara.server.core..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "chat.samara.server.node..",
                        "io.netty..",
                        "org.rocksdb..",
                        "java.net..",
                        "java.nio.channels..",
                        "java.nio.file..",
                        "java.util.concurrent.."));
        check(noClasses()
                .that()
                .resideInAnyPackage("chat.samara.server.core..", "chat.samara.wire..", "chat.samara.mls..")
                .should()
                .callMethod(System.class, "currentTimeMillis")
                .orShould()
                .callMethod(System.class, "nanoTime")
                .orShould()
                .dependOnClassesThat()
                .areAssignableTo(Thread.class));
    }

    @Test
    @DisplayName("the core sees of MLS only what an outside observer may hold")
    void coreHoldsNoSecrets() {
        check(noClasses()
                .that()
                .resideInAPackage("chat.samara.server..")
                .should()
                .dependOnClassesThat()
                .haveFullyQualifiedName("chat.samara.mls.group.Group")
                .orShould()
                .dependOnClassesThat()
                .haveFullyQualifiedName("chat.samara.mls.keypackage.KeyPackageBundle")
                .orShould()
                .dependOnClassesThat()
                .resideInAPackage("chat.samara.mls.secrettree.."));
    }

    @Test
    @DisplayName("RocksDB is used in one package, Netty in the transports and for the operator's HTTP")
    void thirdPartiesStayInTheirPackages() {
        check(noClasses()
                .that()
                .resideOutsideOfPackage("chat.samara.server.node.store..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("org.rocksdb.."));
        check(noClasses()
                .that()
                .resideOutsideOfPackages(
                        "chat.samara.server.node.transport..",
                        "chat.samara.server.node.admin..",
                        "chat.samara.client.transport..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("io.netty.."));
    }

    @Test
    @DisplayName("Bouncy Castle is used in mls's provider and where certificates are made")
    void bouncyCastleStaysInItsPackages() {
        check(noClasses()
                .that()
                .resideOutsideOfPackages("chat.samara.mls.crypto.bouncycastle..", "chat.samara.server.node.identity..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("org.bouncycastle.."));
    }

    @Test
    @DisplayName("all of this was looked at, and a wrong arrow would be noticed")
    void theRulesCanFail() {
        assertThat(classes.contain("chat.samara.server.core.ServerCore")).isTrue();
        assertThat(classes.contain("chat.samara.client.device.DeviceEngine")).isTrue();
        ArchRule wrong = noClasses()
                .that()
                .resideInAPackage("chat.samara.wire..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("chat.samara.mls..");
        assertThat(wrong.evaluate(classes).hasViolation()).isTrue();
    }
}
