/**
 * The maintainer scripts whose effects are known: by the digest of what they say, so that a new version of a package with
 * another script is not taken for what is known. Of Debian 12 and 13, for all architectures where they differ. Digests are
 * those of `readScript`, which the error about a script that is not known tells too.
 * @module
 */
import {
  type Effect,
  baseFiles,
  baseFilesSince13,
  bashShell,
  caCertificates,
  dashShell,
  inputRc,
  loginFiles,
  nameServices,
  networks,
  nothing,
  shells,
  sslFolder,
  timeZone,
} from "./effects.ts";

/** Which package and script it is, for readers; what it does; and SHA-256 digests of its forms. */
type Row = readonly [string, Effect, readonly string[]];

const ROWS: readonly Row[] = [
  ["adduser preinst", nothing, ["e371673c013e606fa4ee860c0348c7604a62318d77558e73450c0d3288b46be5"]],
  ["apt postinst", nothing, ["b56e737b8fa75d82687c5b95e36ac5073ddd604cb3feb0f04df9dbc7c1000b6c"]],
  ["base-files postinst", baseFiles, ["e6c918428041a4e8d9480df431caedbc9365afc2c95beae7bdd874ae069de91c"]],
  [
    "base-files postinst",
    baseFilesSince13,
    [
      "07decde83aa6b399f80eb1075e1afc5f036766a350815f374014f0ece5150ec4",
      "c4600ba9af477ab3182c6805841a40be92caf3e48d3f190594708def430a88b9",
    ],
  ],
  [
    "base-files preinst",
    nothing,
    [
      "2c09102fffc52fcabd6b17238d3464150a6b27676f26c1e2da70ed54373abfca",
      "5da4a572caf195fcd8c5e93362ece92b81d893c4e3c9fce3ef39563568ad8437",
      "5ec2b721b5bee60cd2a01724ab03a17931b3d4e3a9dbe913fd1d4b6eaa013d2f",
      "7553327381edbb51be6470ad2706c4d77295ee64b9556f12b4efe687d51b8514",
      "7ad0db0763e0fc06eac8ead040af2521b479c55e1e76c3f9ff12eea2daa376ff",
      "8347b8c6d27d3df3e5bb423215c63a4c15009454bff573e1b18f802ea9d80284",
      "c01c1d7290cf5430d90d76378e48fdf193cccb7664f40da9286822aebcf829c2",
      "d88c83bc34d3474e706f908577725a0ac4a9c1451cce393fcc3a3b8866fb71e3",
    ],
  ],
  [
    "base-passwd postinst",
    nothing,
    [
      "b8131cec1e397a0c0454863f58dc6756db7f587cd52ce9012dbbbe1e386de4dc",
      "bc753f87e94de6b4293b6fa922f566376bab52ef2b5f43d5b875aab4e71111b1",
    ],
  ],
  ["base-passwd preinst", nothing, ["846e8a3d39edf5637b70c87b5c0f56e64ec28c3b2e071ffad68b39dfcaae5bea"]],
  ["bash postinst", bashShell, ["39bb7c4bf3afad87b9993566543218c08ebdb097bec9ebed6191b4f0f7639db4"]],
  ["ca-certificates postinst", caCertificates, ["9e2a21c208e8469d9cad24ad29e5c87629adf33aa538d2a540088cca50ede0e9"]],
  ["coreutils postinst", nothing, ["7d24bfef6dcd187d6658bbcea29a873905f1c4e34c4f7d74d1b93469ce0a981f"]],
  [
    "dash postinst",
    dashShell,
    [
      "2c77d9dcee85391980667e662748d2c1dd578f5938ddc8f278c8ba284b19f42c",
      "8f58c09dfeecff7eca576b3fdc86b07afe4eff371565d5af4a93d19b58262e1f",
    ],
  ],
  ["dash preinst", nothing, ["2d7fc71c2222cdce80a180f545b450352aec2b1c04319df467c25e94fe8ec5b7"]],
  ["debconf postinst", nothing, ["f04d7c6a623fbe6179a8ae1e9f4053306d6ce78a0c6f6a0ff7b656f9e7cb7101"]],
  ["debian-archive-keyring postinst", nothing, ["b55e5c6219f9746cf2bc4d7d91740bb1598bc27625c3ce0634dc02c6e6778018"]],
  [
    "debianutils postinst",
    shells,
    [
      "d04b08810661c783e3c56ff5f3682d1ea1ef5be071cce7f5aa68fa3f399b0550",
      "f9f2eff3ac1d4eff04ed66bb07ec40e310e35929075c3144c08ed13c87a0470b",
    ],
  ],
  [
    "dpkg postinst",
    nothing,
    [
      "a72d2e8719f23a2986aca292cceeaae678116f35e0f6ccd8af6038b3516a4d11",
      "c473726456cb37180ce9704c7b60ab6d25a6cfaa77016368b82f76a89d82939d",
    ],
  ],
  ["fontconfig postinst", nothing, ["0af02f73ab54b49a2bcb7e2c8a0c6fd925db993f0020d0c10187ea3bd14ab91e"]],
  ["git preinst", nothing, ["a715464c2aaaf3bb9804105be88af7b1daec795c3145757ef5d6f5385bd56777"]],
  ["gzip preinst", nothing, ["659f2cd0ed7a3f41725935469d92e6831f45395af21d13d99400fabcedc90517"]],
  ["gzip postinst", nothing, ["ccd5653240d64088d3901bed16778aa531e033cb9686cb9f3214b92f8b08854e"]],
  ["init-system-helpers postinst", nothing, ["de09ef53c420d3f74be405849d3b59625f2a465d98dc41e2522a5044f3d6d6d6"]],
  [
    "iproute2 postinst",
    nothing,
    [
      "c1fa462eb708f2a5f18180f3fdfed8d3411f28b954f88723146f528ed45d66b8",
      "dd485deefab47f9fd230839f632a127ba908b40022a2dfe4d733d9a422285cd0",
    ],
  ],
  ["libc-bin postinst", nameServices, ["e50b6030b2842e4eada4f49d0a4ac07c4873787930399d26ad580bc0debaa53f"]],
  [
    "libc6 postinst",
    nothing,
    [
      "5405d5c1de5cac196b619df5c686ed075b7637a4efe56ea6150a878a0af7336b",
      "b0c9d9514e9758f9128d30f21df6be082f8ec0816da7446fe4babe2714e66db2",
    ],
  ],
  [
    "libc6 preinst",
    nothing,
    [
      "03518f1eb81d84bb6add72cec102ce2b929b48208dc0176e9b50c959b6b06bf9",
      "0e8fbaadb6480cca0411db1446c2e939bcdfb66d4823e3fe77bab9634dba999c",
      "0f1178b84b64b40db2abf2897dd1aad2773bf9b93de8931406aa6cd69ddcc928",
      "1b3b3a82570dcc945e172c28c93323d05d321baed855ace43cb10995ed01c1fa",
      "2951ff0a2eb35da9947b5413efae49e964760cf5851178382239bbbec6c8a62a",
      "2edd655c73f4dd668584acf700371fe9141c036c2c81e3979ebf5b7144b6f579",
      "3ca573a40b7f215d86a22d0059d8a497844ed5670b1b4230ecfc904443eef5af",
      "5603da787b16048eb1b695a766a4e2c068177de8772a21662abbc61dd5c880c2",
      "76c78bed777c59b2961cc9e22023cbeb244e114a66f346990aa43b26f2d296e3",
      "7c2e40ce01c76ee4df1eecfa9aa5a269dc38ca5ebc854227bbec40d2cdbe5b8f",
      "86ca87af359288a9fd558286c2b9c329529a690c2c592727c650cb5078622fd0",
      "88ccb65f5b83fbd9f88173bf30b2af12a0ff246cdd03fac5f0c710fba3c8489d",
      "909a7e35c4b59a6b523dc4376ae7b7f11c0ca72dd2f74d99dba3844905ee1d6c",
      "b25889ffa471eead76e83006a9616dfd220f3b00bb07474cce30a45a2fe38822",
      "b93cb72e468c0605d6711a6d3155f3755486c7e342ba216fbdc6613877e329c9",
      "c139d8e0bf339010c42434dfa5de7a499d45eca8c9f62406a338759bb1be0847",
    ],
  ],
  [
    "libgcrypt20 postinst",
    nothing,
    [
      "7da488cbe58dbc21da2dce74d8626ff3761a5002b828ee1b677bec355fd035a0",
      "4b54ff3843184525d7151bb61dfbf2879d2d7b6bec008f994f6f4ff184b0c75b",
      "64c9201056f5f21bbff7775c6c93139224c2f788fdfc1c43350e62a9514e6da7",
      "84e5120c17ff911bc9b6d8634a01e50d82243db152d96dceb789fc8370932873",
      "8c5c118ad5cafff87260a69541f039880474f9456d63ed90ab9af0dea3c4064b",
      "a67af5659a5c119e5eac8d4ed462959c9c7f3c5f035ddf604327b048f1be333a",
      "d10b5bbf3b3a0375447dbc557bf34dda957a7bea33f8f76c754bd9a0ab1070a5",
      "dbf355babdbbcbec69a80b8af90e2a50508ca162ea5ba8c2cd8bfe2ccb2a7d7d",
      "ff0fb42b3881b3921b870a50d665b69f09a87219546ae88b86792334fee40076",
    ],
  ],
  [
    "libglib2.0-0 postinst",
    nothing,
    [
      "e0a1ccb05f8085801184c51248d72b75057d55c3c5c9f6b9dd6cd129b3743d78",
      "3a163fbfb71bc4fad9e8129626c97b7f84174c00296a213fc9bb4524eb1bb49a",
    ],
  ],
  [
    "libglib2.0-0t64 postinst",
    nothing,
    [
      "fa94b45018b450d12a44beb564c0477c909b40dbfe25226ff07985c8339ff20a",
      "2802ec17c0707607cef5f7c9964d4bfed1112872134b3c9ca83c41f2e4f7e62f",
    ],
  ],
  ["libglib2.0-0t64 preinst", nothing, ["34e1b663aacf0edff50d09639d79b685d966336b9741142b17bb521ce5a12943"]],
  ["libgssapi-krb5-2 postinst", nothing, ["45dfecc1166e56b23d735c1686dde81b924eefc6c7a98b4513cc84b32fd23acd"]],
  ["libpam0g postinst", nothing, ["514facfeaf89e5f2a29bb175dba288ab5e1b9f88737326952090fda4709a74aa"]],
  ["libpython3.11-minimal postinst", nothing, ["5e4fe80343f0be5c8d054af68e5cf26bd65fa30478b98215eb2ad886ba1ee6af"]],
  ["libpython3.13-minimal postinst", nothing, ["3f06bd84ce4f38725f2f77774dcfddcdb82db82a795913ef81f13154a81816cb"]],
  ["libselinux1 postinst", nothing, ["65057394bb17c3fd44cc08777a0f94b5898f1b229d65d4f80a9e80c4b7ef5654"]],
  ["login postinst", loginFiles, ["cf3e531156df9e77cfa3a8ee89ae77b7307133ed3c47221b1c1f43a9c89a6fca"]],
  [
    "netbase postinst",
    networks,
    [
      "59bb91bad8d8de373b825cc7aeacbaac4aef1aa7ab408748969ad5b688fd07df",
      "a68e15ab043677333ce53a178ab6c17b42ca9ac3ce5a523177abef03467703c7",
    ],
  ],
  ["openssl postinst", sslFolder, ["84ce0a93335c0735f68f5a8b7818b543a45520d0f858e104d8389f0cd69bd9a6"]],
  [
    "procps postinst",
    nothing,
    [
      "05298b72e65b1dd084553b6d90cbddadd47f9b352bf8df2670b0c9255e826007",
      "9877342e81774634c302afdcc824f3eb4b5c2bd2351167e33b96ac1ab660b750",
    ],
  ],
  [
    "python3 postinst",
    nothing,
    [
      "11ff5223d41eb16131b7e2d4c2f34910933f6a4d388d9045b94f09f6fd05a586",
      "4b6300f0cfa140abde2d7c0df49730d19142a4d374c1beb84a54427f18859849",
    ],
  ],
  [
    "python3 preinst",
    nothing,
    [
      "56c1434704be5efdf874fd7ded3fbf300747d0fb76e4f223bb21e59a87f87da2",
      "ee8cfb522aa41f7d23cf0d95cb822761dce998db84f2bc987ebe9d1e4358df30",
    ],
  ],
  ["python3-distutils postinst", nothing, ["59d425748992f610dfa1602c0b64ced71aa04e2e48631ed4bfa46206d78ea149"]],
  [
    "python3.11 postinst",
    nothing,
    [
      "2b1310dae7f952b98eac298c7283b951ce18b58ceb1b46489e614afeabd7a84b",
      "47c05cf83ad54caba9ede72986961b207956c7b24583bcbfa4a0fa4c6bedbee4",
      "698f890d98e7334c1806e463aebd44aff825cbbb43ad125c05d8abdc36547c94",
      "7083fcb901bb81e3f1ea69d2503ec6a6c0fedb14326db40e304c64bc584d03ff",
      "7c7a876577cad3493ba6a29351c82bc2a101155c5e0b42ce44ea5a1605222fc2",
      "95a7e18db07558ae641a6140cbd4e3b972851df0f677a62b95c91266a1de4941",
      "96985a5745be497e7b28017bf82ded039f73431fd80088959f5675ee1b39c28d",
      "ae06ea3261f473eb2284e1186606cde27877bb38f9794036e2cc331a39f383aa",
    ],
  ],
  [
    "python3.11-minimal postinst",
    nothing,
    [
      "0c1db38e8774d914fd73bd583ae674802a5b17f108ed19cb5fd84fb6fa267d30",
      "1b417b52ff1e34c76bdff31de7f7a076200da4901a9acc6d59e2fe902fcd319c",
      "2d85cdd4e127927ca5741945b31b1d7f758907b11526890ba917add550ee52e9",
      "742a3cb06637ec72221df3848136193a8a32b53aaaa6bfe7c2ece01ec3c06f85",
      "92a007c12d5733fccb4091f88d1fd434bdeb5974475e6afd5f1bf757d3ad32e0",
      "bdbd3689f7b6e24d96be4fd95e5608a6fd0ca0ae42347c9a70809e7522667c92",
      "da2dd782c0466baae4310c3b9e18b4902a7a81d6449294662258eea91654d35b",
      "f697780fce2280faab3ecef97d9781c935a1b3225b3b1891185816c017517e4c",
    ],
  ],
  ["python3.11-minimal preinst", nothing, ["6b32160b9827a1c8197d8578dab362712efef644e064df402def000f5739a17b"]],
  [
    "python3.13 postinst",
    nothing,
    [
      "54f3c73252d55df3bf881fd959b913071cb498db15cde1ea8cff4a44e8aa01d4",
      "0d4eef0740f3463de26adfa7ce5fd621350bab1bed69672514a47882c5e4bad3",
      "21da3c4c7e676d2a8493bdc412d62969f3fa034322c1415520fc6b0916951df6",
      "37afe858791738970d0d5fcc545a2f553b921360dfb9dbca598d8e9284998ec7",
      "58a524e38c69a82d4f535bc6aabe4e087a0fef833ed7935d7bbdf30d974e016a",
      "870a8cf07039416a2f72dcd54daad5e2911ebc8709b5adf8b1d9857af632c00f",
      "8e877faed96c9a9e6a2091401af0a488929fc046b080eae8e97e4dbc49aa8149",
      "9348aeb648ac968141dc9c94ba075591cf7aa4f044a91670a374284ab3f732ee",
    ],
  ],
  [
    "python3.13-minimal postinst",
    nothing,
    [
      "123051db878db561403cdec2c9f06179b70182948887513bccaf83bee4c299eb",
      "2ab114422cc8acea9fc43a08cbd96693afc4743ed74f8854bb21780ce78d75e7",
      "2f17a7f26c8e550af34c27983b8910589353fcb2eda4c69ef4ce509594cf6591",
      "4f58e072ab5ba531048b3fcee12d0405d8867bed950465ca2105a0817eba201e",
      "4ffb29eaa643f61c80468b40c8e12c32705b132252769470b5f03c62a850d3a9",
      "53cd670ebec68845d2dfa8ea527f833476e32f4f0a8d7ce44940b85fb757c31f",
      "5e22b382cd35cbc4e1e7a87f51b9f84959dc9afb70bec52f6e2ec89a643c7562",
      "6f8783961e7ee2dc61aa0b5549b2db8ff3465394dd4112ff90c27228be42afba",
    ],
  ],
  ["python3.13-minimal preinst", nothing, ["9c24c0917080fbe9acbee322dd7f68fa0454259635d75006b42ab5b4ee96d9b3"]],
  ["readline-common postinst", inputRc, ["9c6a423e2600922fe35f4a116669f8ba49a674cac35c72132c49491d488f3806"]],
  [
    "tzdata postinst",
    timeZone,
    [
      "aadb969e1b3e96de0cecd0db552409ffeed5a29043d623c3f3e93455e479afa2",
      "cb7ed7c89a37c649b20ff9c14e29945e6657550cbfb23e695c9849dd1fb90240",
    ],
  ],
];

/** Effects by digests such as `sha256:…`. */
export const KNOWN_SCRIPTS: ReadonlyMap<string, Effect> = new Map(
  ROWS.flatMap(([, effect, digests]) => digests.map((digest) => [`sha256:${digest}`, effect] as const)),
);
